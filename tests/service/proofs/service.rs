//! The service over a wire that holds its calls to DynamoDB, as its clients see it: they send requests and get definite answers.

use payments_model::{Ask, Definite, KnownPayment, status};
use payments_store::Item;
use payments_test_function::{SECRET_KEY, authorization, cancellation, definite, moving_clock, terms_of};
use payments_test_table::{Held, Table, Wire, empty_table};
use payments_tests::{Client, HttpRequest, LocalServer, serve};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;

/// The service over a wire that holds its calls.
pub(crate) struct HeldService {
    client: Client,
    authorization: String,
    /// The table, bypassing the wire.
    pub(crate) table: Table,
    /// Where the calls about each payment are sent.
    calls: Arc<Mutex<HashMap<String, mpsc::UnboundedSender<Held>>>>,
    _server: LocalServer,
}

impl HeldService {
    pub(crate) async fn start() -> Self {
        let table = empty_table().await;
        let (wire, mut held) = Wire::holding(&table.endpoint).await;
        let server = serve(&table.by_way_of(&wire.endpoint), moving_clock()).await;
        let calls = Arc::<Mutex<HashMap<String, mpsc::UnboundedSender<Held>>>>::default();
        let of_payments = Arc::clone(&calls);
        tokio::spawn(async move {
            while let Some(call) = held.recv().await {
                let of_payment = of_payments.lock().unwrap().get(&call.key).cloned();
                drop(of_payment.expect("a payment of this run").send(call));
            }
        });
        let client = Client::new(&server.base_url);
        Self { client, authorization: authorization(SECRET_KEY), table, calls, _server: server }
    }

    /// The calls about a payment from now on.
    pub(crate) fn calls_of(&self, key: &str) -> mpsc::UnboundedReceiver<Held> {
        let (sender, calls) = mpsc::unbounded_channel();
        self.calls.lock().unwrap().insert(key.to_owned(), sender);
        calls
    }

    /// Sends a request. Returns the answer, if it is definite, and the request's id.
    pub(crate) async fn send(&self, key: &str, ask: Ask) -> (Option<Definite>, String) {
        let body = match ask {
            Ask::Create { order, amount } | Ask::Confirm { order, amount } => terms_of(key, order, amount),
            Ask::Cancel { amount } => cancellation(amount),
            Ask::Retrieve => Value::Null,
        };
        let request = HttpRequest::to(ask.operation(), key, &self.authorization, &body);
        let answer = self.client.send(request).await;
        (definite(ask, &answer), answer.headers["x-request-id"].clone())
    }
}

/// A payment as stored in the table.
pub(crate) fn stored(item: &Item) -> KnownPayment {
    let text = |name: &str| item.get(name).map(|value| value.as_s().expect(name).clone());
    KnownPayment {
        order: text("orderId").expect("an order"),
        amount: item["amount"].as_n().expect("a number").parse().expect("an amount"),
        status: text("status").and_then(|text| status(&text)).expect("a status"),
        approved_at: text("approvedAt"),
        canceled_at: text("canceledAt"),
    }
}
