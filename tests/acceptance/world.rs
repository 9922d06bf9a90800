//! One scenario: a payment key and an order of its own, the headers to send, and the answers so far.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use cucumber::World;
use payments_test_function::{Answer, authorization};
use payments_test_table::unique;
use payments_tests::{Client, HttpRequest, OpenApi};
use std::sync::{Arc, OnceLock};

/// The service that all scenarios run against.
pub(crate) static SERVICE: OnceLock<ServiceUnderTest> = OnceLock::new();

/// The same with receipts, over the same table.
pub(crate) static WITH_RECEIPTS: OnceLock<ServiceUnderTest> = OnceLock::new();

#[derive(Debug, Clone)]
pub(crate) struct ServiceUnderTest {
    client: Client,
    secret_key: String,
    contract: Arc<OpenApi>,
}

impl ServiceUnderTest {
    pub(crate) fn new(base_url: &str, secret_key: String, contract: Arc<OpenApi>) -> Self {
        Self { client: Client::new(base_url), secret_key, contract }
    }

    /// Sends a request, and checks the answer against `openapi.yaml`.
    async fn send(&self, request: HttpRequest) -> Answer {
        let answer = self.client.send(request.clone()).await;
        self.contract.check(&request, &answer);
        answer
    }
}

impl ServiceUnderTest {
    /// Sends a request about the local server itself.
    pub(crate) async fn local(&self, method: &str, path: &str, body: String) -> Answer {
        self.client.local(method, path, body).await
    }

    /// Sends a request as a client does that follows the guide. `None` if it gets no definite answer.
    pub(crate) async fn send_as_the_guide_says(&self, request: &HttpRequest) -> Option<Answer> {
        self.client.send_as_the_guide_says(request).await
    }

    /// Sends a request once. `None` if it gets no whole answer.
    pub(crate) async fn send_once(&self, request: HttpRequest) -> Option<Answer> {
        self.client.try_send(request).await.ok()
    }
}

#[derive(Debug, World)]
#[world(init = Self::new)]
pub(crate) struct PaymentsWorld {
    pub(crate) service: ServiceUnderTest,
    /// The key of the payment that the steps are about.
    pub(crate) key: String,
    /// The keys of the payments that they were about before.
    earlier: Vec<String>,
    order: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) answers: Vec<Answer>,
    /// What a client with a fault knows in the end.
    pub(crate) known: Option<Answer>,
}

impl PaymentsWorld {
    fn new() -> Self {
        let service = SERVICE.get().expect("set before the first scenario").clone();
        let headers = vec![
            ("Authorization".to_owned(), authorization(&service.secret_key)),
            ("Content-Type".to_owned(), "application/json".to_owned()),
        ];
        Self {
            service,
            key: unique("pay"),
            earlier: Vec::new(),
            order: unique("order"),
            headers,
            answers: Vec::new(),
            known: None,
        }
    }

    /// From now on, the service has receipts.
    pub(crate) fn switch_receipts_on(&mut self) {
        self.service = WITH_RECEIPTS.get().expect("scenarios with receipts are left out without it").clone();
    }

    /// From now on, the steps are about another payment. In a list it is before the earlier ones, even if all of them are created in
    /// the same second: its key comes first in the alphabet.
    pub(crate) fn take_another_payment(&mut self) {
        let prefix = ["next", "last"].get(self.earlier.len()).expect("at most three payments in a scenario");
        self.earlier.push(std::mem::replace(&mut self.key, unique(prefix)));
    }

    /// The text of a step, with `$KEY`, `$FIRST` and `$SECOND` (the keys of earlier payments), `$ORDER`, `$SECRET` and `$LONG` (200
    /// characters) filled in, and `base64(…)` and `unpadded(…)` encoded.
    pub(crate) fn fill(&self, text: &str) -> String {
        let mut text = text.replace("$KEY", &self.key).replace("$SECRET", &self.service.secret_key);
        text = text.replace("$LONG", &"k".repeat(200)).replace("$ORDER", &self.order);
        for (name, key) in ["$FIRST", "$SECOND"].into_iter().zip(&self.earlier) {
            text = text.replace(name, key);
        }
        for (name, engine) in [("base64(", &STANDARD), ("unpadded(", &STANDARD_NO_PAD)] {
            while let Some((before, rest)) = text.split_once(name) {
                let (inner, after) = rest.split_once(')').expect("a closing parenthesis");
                text = format!("{before}{}{after}", engine.encode(inner.replace("\\n", "\n")));
            }
        }
        text
    }

    /// The headers of the scenario, with one set or left out.
    pub(crate) fn set_header(&mut self, name: &str, value: Option<String>) {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.headers.extend(value.map(|value| (name.to_owned(), value)));
    }

    pub(crate) fn request(&self, method: &str, path: &str, body: impl Into<Vec<u8>>) -> HttpRequest {
        HttpRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: self.headers.clone(),
            body: body.into(),
        }
    }

    /// Sends a request, and keeps the answer.
    pub(crate) async fn send(&mut self, request: HttpRequest) {
        let answer = self.service.send(request).await;
        self.answers.push(answer);
    }

    /// Sends requests at once, each on its own, and keeps the answers.
    pub(crate) async fn send_at_once(&mut self, requests: Vec<HttpRequest>) {
        let sent = requests.into_iter().map(|request| {
            let service = self.service.clone();
            tokio::spawn(async move { service.send(request).await })
        });
        let sent: Vec<_> = sent.collect();
        self.answers.clear();
        for answer in sent {
            self.answers.push(answer.await.expect("an answer"));
        }
    }

    /// Sends the service a request that is not part of the scenario, with a valid key.
    pub(crate) async fn ask(&self, path: &str, body: String) -> Answer {
        self.service.send(HttpRequest::post(path, &authorization(&self.service.secret_key), body)).await
    }

    pub(crate) fn last(&self) -> &Answer {
        self.answers.last().expect("a request was sent")
    }
}
