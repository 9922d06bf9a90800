//! A backend that follows the guide, under every fault at each operation.

use crate::{Backend, request};
use payments_test_function::OPERATIONS;
use payments_test_table::unique;
use payments_tests::start_local_server;
use serde_json::{Value, json};

/// Each kind of fault, with each of its answers. Delays are shorter and longer than the guide's timeout.
fn faults() -> Vec<Value> {
    let mut faults = vec![
        json!({ "fault": "lose-request" }),
        json!({ "fault": "lose-answer" }),
        json!({ "fault": "cut-answer" }),
        json!({ "fault": "lose-answer", "times": 2 }),
        json!({ "fault": "answer", "status": 429 }),
        json!({ "fault": "answer", "code": "SERVICE_UNAVAILABLE", "times": 3 }),
    ];
    for fault in ["delay", "delay-answer"] {
        faults.extend([20, 6_000, 12_000].map(|delay| json!({ "fault": fault, "delayMs": delay })));
    }
    for fault in ["answer", "answer-after"] {
        faults.extend(["SERVICE_UNAVAILABLE", "INTERNAL_ERROR"].map(|code| json!({ "fault": fault, "code": code })));
        faults.extend([500, 502, 503, 504].map(|status| json!({ "fault": fault, "status": status })));
    }
    faults
}

impl Backend {
    /// Creates, confirms, reads and cancels a payment, one of whose requests meets a fault. After a 500 of the service it stops, as the
    /// guide says.
    async fn takes_a_payment(self, operation: &str, mut fault: Value) {
        let (key, order) = (unique("pay"), unique("order"));
        let filter = if operation == "list" { ("orderId", &order) } else { ("paymentKey", &key) };
        fault["operation"] = json!(operation);
        fault[filter.0] = json!(filter.1);
        self.arm(fault).await;
        for operation in ["create", "confirm", "retrieve", "list", "cancel"] {
            let answer = self.0.send_as_the_guide_says(&request(operation, &key, &order, 10_000)).await;
            let answer = answer.expect("a definite answer");
            if answer.status == 500 {
                return;
            }
            assert_eq!(answer.status, 200, "{operation}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_follows_the_guide_passes_every_check_under_every_fault_at_each_operation() {
    let server = start_local_server().await;
    let backend = Backend::of(&server.base_url);
    let plays = OPERATIONS.into_iter().flat_map(|operation| faults().into_iter().map(move |fault| (operation, fault)));
    let plays: Vec<_> =
        plays.map(|(operation, fault)| tokio::spawn(backend.clone().takes_a_payment(operation, fault))).collect();
    for play in plays {
        play.await.expect("a payment");
    }
    let report = backend.local("/__local/report?require=tried").await;
    assert_eq!((report.status, report.json()["verdict"].as_str()), (200, Some("PASSED")), "{report}");
    let faults = backend.local("/__local/faults").await.json();
    let left = faults["faults"].as_array().expect("faults").iter().filter(|fault| fault["left"] != 0).count();
    assert_eq!(left, 0, "each fault met all its requests: {faults}");
}
