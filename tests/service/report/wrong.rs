//! For each check, a backend that breaks its rule and no other.

use crate::{Backend, request};
use payments_test_function::Answer;
use payments_tests::{HttpRequest, LocalServer, start_local_server};
use serde_json::json;
use std::time::Duration;

/// A server, and a backend that has created the payment A of order 1.
async fn with_a_payment() -> (LocalServer, Backend) {
    let server = start_local_server().await;
    let backend = Backend::of(&server.base_url);
    backend.gets(200, &create("A")).await;
    (server, backend)
}

fn create(key: &str) -> HttpRequest {
    request("create", key, "1", 10_000)
}

fn confirm(key: &str) -> HttpRequest {
    request("confirm", key, "1", 10_000)
}

impl Backend {
    async fn gets(&self, status: u16, request: &HttpRequest) {
        let answer = self.0.send(request.clone()).await;
        assert_eq!(answer.status, status, "{answer}");
    }

    /// Sends a request, and hangs up after the timeout. `None` without a whole answer.
    async fn sends(&self, request: &HttpRequest, timeout: Duration) -> Option<Answer> {
        tokio::time::timeout(timeout, self.0.try_send(request.clone())).await.ok()?.ok()
    }

    async fn gets_nothing(&self, request: &HttpRequest) {
        let answer = self.sends(request, Duration::from_secs(10)).await;
        assert!(answer.is_none(), "{answer:?}");
    }

    async fn waits(&self) {
        tokio::time::sleep(Duration::from_millis(1_050)).await;
    }

    async fn breaks_only(&self, check: &str) {
        assert_eq!(self.checks("FAILED").await, [check]);
    }
}

#[tokio::test]
async fn a_backend_that_gives_up_after_a_lost_answer_is_found() {
    let (_server, backend) = with_a_payment().await;
    backend.arm(json!({ "fault": "lose-answer" })).await;
    backend.gets_nothing(&confirm("A")).await;
    backend.breaks_only("repeats-unknown-outcomes").await;
}

#[tokio::test]
async fn a_backend_that_repeats_with_another_amount_is_found() {
    let (_server, backend) = with_a_payment().await;
    backend.arm(json!({ "fault": "lose-request" })).await;
    backend.gets_nothing(&confirm("A")).await;
    backend.gets(409, &request("confirm", "A", "1", 9_000)).await;
    backend.gets(200, &confirm("A")).await;
    backend.breaks_only("repeats-the-same-request").await;
}

#[tokio::test]
async fn a_backend_that_makes_a_new_payment_key_after_a_lost_answer_is_found() {
    let (_server, backend) = with_a_payment().await;
    backend.arm(json!({ "fault": "lose-answer" })).await;
    backend.gets_nothing(&create("A")).await;
    backend.gets(200, &create("B")).await;
    backend.gets(200, &confirm("B")).await;
    backend.gets(200, &create("A")).await;
    backend.breaks_only("keeps-the-payment-key").await;
}

#[tokio::test]
async fn a_backend_that_approves_two_payments_of_an_order_is_found() {
    let (_server, backend) = with_a_payment().await;
    backend.gets(200, &create("B")).await;
    backend.gets(200, &confirm("A")).await;
    backend.gets(200, &confirm("B")).await;
    backend.gets(200, &request("cancel", "A", "1", 10_000)).await;
    backend.breaks_only("approves-an-order-once").await;
}

#[tokio::test]
async fn a_backend_that_uses_a_payment_key_again_is_found() {
    let (_server, backend) = with_a_payment().await;
    backend.gets(200, &confirm("A")).await;
    backend.gets(200, &request("create", "A", "2", 5_000)).await;
    backend.breaks_only("uses-a-key-for-one-payment").await;
}

#[tokio::test]
async fn a_backend_that_repeats_a_refused_request_is_found() {
    let (_server, backend) = with_a_payment().await;
    backend.gets(409, &request("confirm", "A", "1", 9_000)).await;
    backend.waits().await;
    backend.gets(409, &request("confirm", "A", "1", 9_000)).await;
    backend.breaks_only("does-not-repeat-refusals").await;
}

#[tokio::test]
async fn a_backend_that_does_not_wait_after_a_503_is_found() {
    let (_server, backend) = with_a_payment().await;
    backend.arm(json!({ "fault": "answer", "code": "SERVICE_UNAVAILABLE" })).await;
    backend.gets(503, &confirm("A")).await;
    backend.gets(200, &confirm("A")).await;
    backend.breaks_only("waits-before-repeating").await;
}

#[tokio::test]
async fn a_backend_with_a_short_timeout_is_found() {
    let (_server, backend) = with_a_payment().await;
    backend.arm(json!({ "fault": "delay-answer", "delayMs": 2_000 })).await;
    let answer = backend.sends(&confirm("A"), Duration::from_millis(500)).await;
    assert!(answer.is_none(), "{answer:?}");
    backend.waits().await;
    backend.gets(200, &confirm("A")).await;
    backend.breaks_only("waits-for-the-answer").await;
}
