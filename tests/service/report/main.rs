//! The local server's report on its client: a backend that follows the guide passes under every fault, and each check finds the backend
//! that breaks its rule.

mod right;
mod wrong;

use payments_test_function::{Answer, SECRET_KEY, authorization, cancellation, terms_of};
use payments_tests::{Client, HttpRequest};
use serde_json::Value;

/// A kiosk backend.
#[derive(Debug, Clone)]
struct Backend(Client);

impl Backend {
    fn of(base_url: &str) -> Self {
        Self(Client::new(base_url))
    }

    /// The answer at one of the server's own paths.
    async fn local(&self, path: &str) -> Answer {
        self.0.local("GET", path, String::new()).await
    }

    async fn arm(&self, fault: Value) {
        let armed = self.0.local("POST", "/__local/faults", fault.to_string()).await;
        assert_eq!(armed.status, 201, "{armed}");
    }

    /// The checks with a verdict.
    async fn checks(&self, verdict: &str) -> Vec<String> {
        let report = self.local("/__local/report").await.json();
        let checks = report["checks"].as_array().expect("checks").iter();
        checks
            .filter(|check| check["verdict"] == verdict)
            .map(|check| check["check"].as_str().expect("a name").to_owned())
            .collect()
    }
}

/// A request about a payment. Its order is that of a list, a create and a confirm, and its amount that of the writes.
fn request(operation: &str, key: &str, order: &str, amount: u64) -> HttpRequest {
    let (id, body) = match operation {
        "create" | "confirm" => (key, terms_of(key, order, amount)),
        "cancel" => (key, cancellation(amount)),
        "list" => (order, Value::Null),
        _ => (key, Value::Null),
    };
    HttpRequest::to(operation, id, &authorization(SECRET_KEY), &body)
}
