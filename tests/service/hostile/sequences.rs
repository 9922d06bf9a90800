//! H34, H49, H59, H104, and H107 to H115: requests that are valid one by one, and hostile together.

use crate::request::RawRequest;
use crate::service::{AttackedService, KEY, Received};
use crate::values::PAYLOADS;
use payments_store::Item;
use payments_test_function::{ORDER, authorization, cancellation, path_of, terms_of};
use serde_json::{Value, json};

/// One payment of 10000, and the service.
struct Victim {
    service: AttackedService,
    key: String,
}

impl Victim {
    async fn absent() -> Self {
        Self { service: AttackedService::start().await, key: RawRequest::create().key }
    }

    async fn approved() -> Self {
        let payment = Self::absent().await;
        payment.create().await.did_the_work();
        payment.confirm().await.did_the_work();
        payment
    }

    async fn post(&self, path: &str, body: impl Into<Vec<u8>>) -> Received {
        self.service.send(&RawRequest::create().target(path).body(body).http()).await
    }

    fn terms(&self, amount: u64) -> Value {
        terms_of(&self.key, ORDER, amount)
    }

    async fn create(&self) -> Received {
        self.post("/v1/payments", self.terms(10_000).to_string()).await
    }

    async fn confirm(&self) -> Received {
        self.post("/v1/payments/confirm", self.terms(10_000).to_string()).await
    }

    async fn cancel(&self, more: Value) -> Received {
        let mut body = cancellation(10_000);
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        self.post(&path_of("cancel", &self.key), body.to_string()).await
    }

    async fn stored(&self) -> Option<Item> {
        self.service.table.get(&self.key).await
    }
}

impl Received {
    fn did_the_work(&self) {
        assert!(self.answer.is_first(), "{self:?}");
    }

    fn replays(&self, first: &Self) {
        assert!(self.answer.is_replay(), "{self:?}");
        assert_eq!(self.answer.body, first.answer.body, "a replay has the body of the first answer");
        let others = |received: &Self| {
            let own = ["x-request-id", "idempotent-replayed", "date"];
            let mut headers = received.answer.headers.clone();
            headers.retain(|name, _| !own.contains(&name.as_str()));
            headers
        };
        assert_eq!(others(self), others(first), "and its headers, apart from the one that marks a replay");
        let id = |received: &Self| received.answer.headers["x-request-id"].clone();
        assert_ne!(id(self), id(first), "each request has an id of its own");
    }

    fn is_refused(&self, status: u16, code: &str) {
        assert_eq!((self.answer.status, self.answer.code().as_str()), (status, code), "{self:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn h34_a_thousand_wrong_keys_are_refused_and_the_right_key_stays_valid() {
    let payment = Victim::absent().await;
    for guess in 0..1_000 {
        let guess = authorization(&format!("{}{guess:03}", &KEY[..KEY.len() - 3]));
        let received = payment.service.send(&RawRequest::create().with("Authorization", guess).http()).await;
        received.is_refused(401, "UNAUTHORIZED");
        assert_eq!(received.calls, Vec::<String>::new());
    }
    payment.create().await.did_the_work();
    payment.service.kept_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn h49_a_key_in_another_case_is_another_payment() {
    let payment = Victim::approved().await;
    let before = payment.stored().await;
    let other = Victim { key: payment.key.to_uppercase(), service: payment.service };
    other.cancel(json!({})).await.is_refused(404, "NOT_FOUND");
    other.confirm().await.is_refused(404, "NOT_FOUND");
    assert_eq!(other.stored().await, None);
    assert_eq!(other.service.table.get(&other.key.to_lowercase()).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn h59_a_cancel_is_for_the_payment_in_the_path_even_if_the_body_names_another() {
    let payment = Victim::approved().await;
    let other = RawRequest::create();
    assert_eq!(payment.service.send(&other.http()).await.answer.status, 200);
    let received =
        payment.cancel(json!({ "paymentKey": other.key, "orderId": "x", "amount": 1, "status": "INITIATED" })).await;
    received.did_the_work();
    assert_eq!(payment.stored().await.expect("stored")["status"].as_s().expect("text"), "CANCELED");
    let untouched = payment.service.table.get(&other.key).await.expect("stored");
    assert_eq!(untouched["status"].as_s().expect("text"), "INITIATED", "the other payment is as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn h103_and_h104_a_reason_is_stored_as_it_was_sent() {
    let scripts = ["결제", "결제", "é", "e\u{301}", "👨‍👩‍👧", "\u{202e}gnp", "a\u{2028}b", " spaces "];
    let mut payment = Victim::absent().await;
    for reason in PAYLOADS.into_iter().chain(scripts) {
        payment.key = RawRequest::create().key;
        payment.create().await.did_the_work();
        payment.confirm().await.did_the_work();
        payment.cancel(json!({ "cancelReason": reason })).await.did_the_work();
        let stored = payment.stored().await.expect("stored");
        assert_eq!(stored["cancelReason"].as_s().expect("text"), reason, "to the byte, without normalisation");
        assert_eq!(stored["status"].as_s().expect("text"), "CANCELED", "{reason}");
    }
    payment.service.kept_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn h107_and_h108_a_second_create_returns_the_stored_payment_and_changes_nothing() {
    let payment = Victim::absent().await;
    let first = payment.create().await;
    first.did_the_work();
    let stored = payment.stored().await;
    payment.create().await.replays(&first);
    payment.post("/v1/payments", payment.terms(1).to_string()).await.replays(&first);
    let mut other = payment.terms(10_000);
    other["orderId"] = json!("order_2");
    payment.post("/v1/payments", other.to_string()).await.replays(&first);
    assert_eq!(payment.stored().await, stored, "the amount and the order are those of the first");
}

#[tokio::test(flavor = "multi_thread")]
async fn h109_two_spellings_of_one_request_are_one_request() {
    let payment = Victim::approved().await;
    let first = payment.confirm().await;
    let key = &payment.key;
    for body in [
        format!(r#"{{"amount":10000,"orderId":"order_1","paymentKey":"{key}"}}"#),
        format!("\n{{ \"paymentKey\" : \"{key}\" ,\t\"orderId\":\"order_1\", \"amount\"\r\n: 10000 }} "),
        format!(r#"{{"\u0070aymentKey":"{key}","orderId":"\u006frder_1","amount":10000,"x":1}}"#),
    ] {
        let received = payment.post("/v1/payments/confirm", body.clone()).await;
        assert!(received.answer.is_replay(), "{body}: {received:?}");
        assert_eq!(received.answer.body, first.answer.body, "{body}");
    }
    let with_an_exponent = format!(r#"{{"paymentKey":"{key}","orderId":"order_1","amount":1e4}}"#);
    payment.post("/v1/payments/confirm", with_an_exponent).await.is_refused(400, "INVALID_REQUEST");
}

#[tokio::test(flavor = "multi_thread")]
async fn h110_a_confirm_of_another_amount_changes_nothing() {
    let payment = Victim::absent().await;
    payment.create().await.did_the_work();
    let stored = payment.stored().await;
    for amount in [1, 9_999, 10_001, 9_007_199_254_740_991] {
        let received = payment.post("/v1/payments/confirm", payment.terms(amount).to_string()).await;
        received.is_refused(409, "AMOUNT_MISMATCH");
    }
    assert_eq!(payment.stored().await, stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn h111_a_confirm_or_a_cancel_never_creates_a_payment() {
    let payment = Victim::absent().await;
    payment.confirm().await.is_refused(404, "NOT_FOUND");
    payment.cancel(json!({})).await.is_refused(404, "NOT_FOUND");
    assert_eq!(payment.stored().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn h112_and_h115_a_replay_differs_from_the_first_answer_only_in_two_headers() {
    let payment = Victim::absent().await;
    let created = payment.create().await;
    created.did_the_work();
    payment.create().await.replays(&created);
    let confirmed = payment.confirm().await;
    confirmed.did_the_work();
    payment.confirm().await.replays(&confirmed);
    let canceled = payment.cancel(json!({})).await;
    canceled.did_the_work();
    payment.cancel(json!({ "cancelReason": "another" })).await.replays(&canceled);
}

#[tokio::test(flavor = "multi_thread")]
async fn h113_a_request_that_the_state_forbids_changes_nothing() {
    let payment = Victim::absent().await;
    payment.create().await.did_the_work();
    let initiated = payment.stored().await;
    payment.cancel(json!({})).await.is_refused(422, "NOT_APPROVED");
    assert_eq!(payment.stored().await, initiated);
    payment.confirm().await.did_the_work();
    payment.cancel(json!({})).await.did_the_work();
    let canceled = payment.stored().await;
    payment.confirm().await.is_refused(422, "ALREADY_CANCELED");
    let created = payment.create().await;
    assert!(created.answer.is_replay(), "{created:?}");
    assert_eq!(created.answer.json()["status"], "CANCELED");
    payment.cancel(json!({ "cancelAmount": 9_999 })).await.is_refused(409, "PARTIAL_MISMATCH");
    assert_eq!(payment.stored().await, canceled, "nothing follows a cancel");
}
