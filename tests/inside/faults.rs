//! What a client is told when DynamoDB answers late, wrongly or not at all.

use payments_tests::{
    Fate, Fault, Functions, Held, Late, Table, Wire, dependencies, empty_table, moving_clock, unique,
};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

/// A payment's three functions over a wire that holds their writes.
struct Service {
    functions: Functions,
    writes: UnboundedReceiver<Held>,
    key: String,
    /// Its DynamoDB ends with it.
    _table: Table,
}

impl Service {
    async fn start() -> Self {
        let table = empty_table().await;
        let (wire, writes) = Wire::holding(&table.endpoint).await;
        let functions = Functions::new(dependencies(&table.by_way_of(&wire.endpoint), moving_clock()));
        Self { functions, writes, key: unique("faults"), _table: table }
    }

    /// Sends a request, lets its attempts meet these fates, one after another, and returns the answer.
    async fn send(&mut self, name: &str, fates: &[Fate]) -> Value {
        self.send_and_keep(name, fates).await.0
    }

    /// As [`Service::send`], and keeps the attempts, to be carried out later.
    async fn send_and_keep(&mut self, name: &str, fates: &[Fate]) -> (Value, Vec<Late>) {
        let body = match name {
            "cancel" => json!({ "cancelReason": "USER_REQUEST", "cancelAmount": 10_000 }),
            _ => json!({ "paymentKey": self.key, "orderId": "order_1", "amount": 10_000 }),
        };
        let function = self.functions.named(name);
        let event = function.event(&self.key, &body.to_string());
        let meet = async {
            let mut attempts = Vec::new();
            for fate in fates {
                let attempt = self.writes.recv().await.expect("an attempt");
                attempts.push(attempt.later());
                attempt.release(*fate).await;
            }
            attempts
        };
        tokio::join!(function.invoke(&event), meet)
    }
}

fn code(answer: &Value) -> String {
    let body: Value = serde_json::from_str(answer["body"].as_str().expect("a body")).expect("JSON");
    body["code"].as_str().expect("a code").to_owned()
}

const REFUSED: Fate = Fate::Refuse(Fault::Error(400, "ThrottlingException"));

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_not_told_while_an_earlier_attempt_may_still_be_carried_out() {
    for fault in [Fault::Close, Fault::Reset, Fault::Truncate, Fault::Error(500, "InternalServerError")] {
        let mut service = Service::start().await;
        assert_eq!(service.send("create", &[Fate::Pass]).await["statusCode"], 200);

        // The first attempt of a cancel is still on its way when the second one finds a payment that is not approved.
        let (answer, mut attempts) = service.send_and_keep("cancel", &[Fate::Refuse(fault), Fate::Pass]).await;
        assert_eq!(
            (&answer["statusCode"], code(&answer)),
            (&json!(503), "SERVICE_UNAVAILABLE".to_owned()),
            "{fault:?}"
        );
        assert_eq!(answer["headers"]["retry-after"], "1");

        // A client that was told NOT_APPROVED would be wrong now.
        assert_eq!(service.send("confirm", &[Fate::Pass]).await["statusCode"], 200);
        let first = attempts.swap_remove(0);
        assert_eq!(first.carry_out().await, 200, "DynamoDB carries the first attempt out after all");
        let again = service.send("cancel", &[Fate::Pass]).await;
        assert_eq!((&again["statusCode"], &again["headers"]["idempotent-replayed"]), (&json!(200), &json!("true")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_if_no_earlier_attempt_can_be_carried_out() {
    let mut service = Service::start().await;
    let unknown = service.send("confirm", &[REFUSED, Fate::Pass]).await;
    assert_eq!((&unknown["statusCode"], code(&unknown)), (&json!(404), "NOT_FOUND".to_owned()), "throttled once");
    assert_eq!(service.send("create", &[Fate::Pass]).await["statusCode"], 200);
    let early = service.send("cancel", &[REFUSED, REFUSED, Fate::Pass]).await;
    assert_eq!((&early["statusCode"], code(&early)), (&json!(422), "NOT_APPROVED".to_owned()), "throttled twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_nothing_can_lift_is_told_whatever_became_of_earlier_attempts() {
    let lost = Fate::Lose(Fault::Close);
    let mut service = Service::start().await;
    for step in ["create", "confirm", "cancel"] {
        assert_eq!(service.send(step, &[Fate::Pass]).await["statusCode"], 200);
    }
    let late = service.send("confirm", &[lost, Fate::Pass]).await;
    assert_eq!((&late["statusCode"], code(&late)), (&json!(422), "ALREADY_CANCELED".to_owned()));
}
