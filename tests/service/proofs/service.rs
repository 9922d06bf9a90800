//! The service over a wire that holds its writes, as its clients see it: they send requests and get definite answers.

use payments_model::{Ask, Definite, KnownPayment, What};
use payments_store::Item;
use payments_test_function::{SECRET_KEY, authorization, moving_clock};
use payments_test_table::{Held, Table, Wire, empty_table};
use payments_tests::{Answer, Client, HttpRequest, LocalServer, serve};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;

/// The service over a wire that holds its writes.
pub(crate) struct HeldService {
    client: Client,
    authorization: String,
    /// The table, bypassing the wire.
    pub(crate) table: Table,
    /// Where the writes of each payment are sent.
    writes: Arc<Mutex<HashMap<String, mpsc::UnboundedSender<Held>>>>,
    _server: LocalServer,
}

impl HeldService {
    pub(crate) async fn start() -> Self {
        let table = empty_table().await;
        let (wire, mut held) = Wire::holding(&table.endpoint).await;
        let server = serve(&table.by_way_of(&wire.endpoint), moving_clock()).await;
        let writes = Arc::<Mutex<HashMap<String, mpsc::UnboundedSender<Held>>>>::default();
        let of_payments = Arc::clone(&writes);
        tokio::spawn(async move {
            while let Some(write) = held.recv().await {
                let of_payment = of_payments.lock().unwrap().get(&write.key).cloned();
                drop(of_payment.expect("a payment of this run").send(write));
            }
        });
        let client = Client::new(&server.base_url);
        Self { client, authorization: authorization(SECRET_KEY), table, writes, _server: server }
    }

    /// The writes of a payment from now on.
    pub(crate) fn writes_of(&self, key: &str) -> mpsc::UnboundedReceiver<Held> {
        let (sender, writes) = mpsc::unbounded_channel();
        self.writes.lock().unwrap().insert(key.to_owned(), sender);
        writes
    }

    /// Sends a request. Returns the answer, if it is definite, and the request's id.
    pub(crate) async fn send(&self, key: &str, ask: Ask) -> (Option<Definite>, String) {
        let terms = |order, amount| json!({ "paymentKey": key, "orderId": order, "amount": amount });
        let (path, body) = match ask {
            Ask::Create { order, amount } => ("/v1/payments".to_owned(), terms(order, amount)),
            Ask::Confirm { order, amount } => ("/v1/payments/confirm".to_owned(), terms(order, amount)),
            Ask::Cancel { amount } => {
                let body = json!({ "cancelReason": "USER_REQUEST", "cancelAmount": amount });
                (format!("/v1/payments/{key}/cancel"), body)
            }
        };
        let answer = self.client.send(HttpRequest::post(&path, &self.authorization, body.to_string())).await;
        (definite(ask, &answer), answer.headers["x-request-id"].clone())
    }
}

/// The content of an answer. `None` if the outcome is unknown.
fn definite(ask: Ask, answer: &Answer) -> Option<Definite> {
    if answer.status == 200 {
        let body = answer.json();
        let text = |name: &str| body[name].as_str().expect(name).to_owned();
        let what = match ask {
            Ask::Create { .. } => What::Created { order: text("orderId"), status: status(&text("status")) },
            Ask::Confirm { .. } => What::Approved { at: text("approvedAt") },
            Ask::Cancel { .. } => What::Canceled { at: text("canceledAt") },
        };
        return Some(Definite::Done { what, replayed: answer.is_replay() });
    }
    match (answer.status, answer.code().as_str()) {
        (503, "SERVICE_UNAVAILABLE") => None,
        (500, "INTERNAL_ERROR") => Some(Definite::Failed),
        (404, "NOT_FOUND") => Some(Definite::Refused("NOT_FOUND")),
        (409, "AMOUNT_MISMATCH") => Some(Definite::Refused("AMOUNT_MISMATCH")),
        (409, "PARTIAL_MISMATCH") => Some(Definite::Refused("PARTIAL_MISMATCH")),
        (422, "ALREADY_CANCELED") => Some(Definite::Refused("ALREADY_CANCELED")),
        (422, "NOT_APPROVED") => Some(Definite::Refused("NOT_APPROVED")),
        _ => panic!("not an answer to {ask:?}: {answer:?}"),
    }
}

fn status(text: &str) -> &'static str {
    let statuses = ["INITIATED", "APPROVED", "CANCELED"];
    statuses.into_iter().find(|status| *status == text).expect("a status of the contract")
}

/// A payment as stored in the table.
pub(crate) fn stored(item: &Item) -> KnownPayment {
    let text = |name: &str| item.get(name).map(|value| value.as_s().expect(name).clone());
    KnownPayment {
        order: text("orderId").expect("an order"),
        amount: item["amount"].as_n().expect("a number").parse().expect("an amount"),
        status: status(&text("status").expect("a status")),
        approved_at: text("approvedAt"),
        canceled_at: text("canceledAt"),
    }
}
