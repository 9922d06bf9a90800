//! What happens to a payment when the function's process is killed, frozen, or cannot write its log. The numbers are those of
//! the list of faults in docs/reliability.md.

use crate::BINARY;
use payments_store::LIMITS;
use payments_test_function::{
    FunctionProcess, LambdaFunctions, SECRET_KEY, authorization, dependencies, moving_clock, sha256,
};
use payments_test_table::{Fate, Fault, Held, Table, Wire, empty_table, unique};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::sleep;

const KEY: (&str, &str) = ("PAYMENTS_SECRET_KEY", SECRET_KEY);

/// A payment that can be confirmed, and a wire that holds its writes.
struct HeldPayment {
    key: String,
    table: Table,
    wire: Wire,
    writes: UnboundedReceiver<Held>,
}

impl HeldPayment {
    async fn created() -> Self {
        let table = empty_table().await;
        let (wire, writes) = Wire::holding(&table.endpoint).await;
        let payment = Self { key: unique("process"), table, wire, writes };
        let functions = LambdaFunctions::new(dependencies(&payment.table, moving_clock()));
        let create = functions.named("create");
        let created = create.invoke(&create.event(&payment.key, &payment.terms())).await;
        assert_eq!(created["statusCode"], 200, "{created}");
        payment
    }

    fn terms(&self) -> String {
        json!({ "paymentKey": self.key, "orderId": "order_1", "amount": 10_000 }).to_string()
    }

    /// The event of its confirm, with this secret key.
    fn confirm(&self, secret_key: &str) -> Value {
        json!({
            "version": "2.0",
            "routeKey": "POST /v1/payments/confirm",
            "headers": { "authorization": authorization(secret_key), "content-type": "application/json" },
            "requestContext": { "http": { "method": "POST" } },
            "body": self.terms(),
        })
    }

    /// The variables for the table at this endpoint.
    fn at<'a>(&'a self, endpoint: &'a str) -> [(&'static str, &'a str); 2] {
        [("AWS_ENDPOINT_URL_DYNAMODB", endpoint), ("TABLE_NAME", &self.table.name)]
    }

    /// A process of the function over the wire.
    async fn function(&self) -> FunctionProcess {
        FunctionProcess::start(BINARY, &[&[KEY][..], &self.at(&self.wire.endpoint)].concat()).await
    }

    /// The answer to a retry, from a fresh process that bypasses the wire.
    async fn repeated(&self) -> Value {
        let function = FunctionProcess::start(BINARY, &[&[KEY][..], &self.at(&self.table.endpoint)].concat()).await;
        function.invoke(self.confirm(SECRET_KEY)).await.0
    }

    /// Invokes a process of the function until its write is on its way.
    async fn write_of(&mut self, invocation: &mut (impl Future<Output = (Value, String)> + Unpin)) -> Held {
        tokio::select! {
            Some(write) = self.writes.recv() => write,
            (answer, _) = invocation => panic!("answered without a write: {answer}"),
        }
    }
}

fn is_done(answer: &Value) -> bool {
    answer["statusCode"] == 200 && answer["headers"].get("idempotent-replayed").is_none()
}

fn is_replay(answer: &Value) -> bool {
    answer["statusCode"] == 200 && answer["headers"]["idempotent-replayed"] == "true"
}

#[tokio::test(flavor = "multi_thread")]
async fn f11_and_f12_a_process_that_is_killed_before_it_answers_leaves_nothing_half_done() {
    for carried_out in [true, false] {
        let mut payment = HeldPayment::created().await;
        let function = payment.function().await;
        let event = payment.confirm(SECRET_KEY);
        {
            let mut invocation = Box::pin(function.invoke(event));
            let write = payment.write_of(&mut invocation).await;
            if carried_out {
                assert_eq!(write.later().carry_out().await, 200, "DynamoDB makes the write");
            }
        }
        function.end();
        let again = payment.repeated().await;
        let holds = if carried_out { is_replay(&again) } else { is_done(&again) };
        assert!(holds, "the repeat of a confirm that was carried out: {carried_out}: {again}");
        assert!(is_replay(&payment.repeated().await), "the change is made once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f30_a_process_frozen_during_a_request_answers_correctly_or_503() {
    tokio::join!(frozen_in_the_middle(true), frozen_in_the_middle(false));
}

async fn frozen_in_the_middle(carried_out: bool) {
    let mut payment = HeldPayment::created().await;
    let function = payment.function().await;
    let event = payment.confirm(SECRET_KEY);
    let mut invocation = Box::pin(function.invoke(event));
    let write = payment.write_of(&mut invocation).await;
    function.signal("-STOP");
    let fate = if carried_out { Fate::Pass } else { Fate::Refuse(Fault::Close) };
    let mut made = write.release(fate).await == Some(200);
    // Longer than the time limit for all attempts.
    sleep(LIMITS.operation + Duration::from_secs(1)).await;
    function.signal("-CONT");
    let answer = loop {
        tokio::select! {
            Some(write) = payment.writes.recv() => made |= write.release(Fate::Pass).await == Some(200),
            (answer, _) = &mut invocation => break answer,
        }
    };
    let truth = made && is_done(&answer);
    assert!(truth || answer["statusCode"] == 503, "the write was made: {made}: {answer}");
    let again = payment.repeated().await;
    assert_eq!((is_replay(&again), is_done(&again)), (made, !made), "after {answer}: {again}");
    assert!(is_replay(&payment.repeated().await), "the change is made once");
}

#[tokio::test(flavor = "multi_thread")]
async fn f28_and_f29_the_first_request_after_a_freeze_succeeds_although_the_connections_have_died() {
    for death in [Fault::Reset, Fault::Close, Fault::Hang] {
        let mut payment = HeldPayment::created().await;
        let function = payment.function().await;
        for (freeze, holds) in [(false, is_done as fn(&Value) -> bool), (true, is_replay)] {
            if freeze {
                function.signal("-STOP");
                payment.wire.cut(death);
                sleep(Duration::from_millis(200)).await;
                function.signal("-CONT");
            }
            let event = payment.confirm(SECRET_KEY);
            let mut invocation = Box::pin(function.invoke(event));
            payment.write_of(&mut invocation).await.release(Fate::Pass).await;
            let (answer, _) = invocation.await;
            assert!(holds(&answer), "frozen before: {freeze}, its connection dead by {death:?}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f37_during_a_rotation_both_keys_are_valid_and_then_only_the_new_one() {
    let payment = HeldPayment::created().await;
    let (old, new) = (sha256("old_sk_1"), sha256("new_sk_2"));
    for (digests, old_is_valid, new_is_valid) in [
        (old.clone(), true, false),
        (format!("{old},{new}"), true, true),
        (format!("{new}, {old}"), true, true),
        (new.to_uppercase(), false, true),
    ] {
        let digests = ("PAYMENTS_SECRET_KEY_SHA256", digests.as_str());
        let variables = [&[digests][..], &payment.at(&payment.table.endpoint)].concat();
        let function = FunctionProcess::start(BINARY, &variables).await;
        for (key, is_valid) in [("old_sk_1", old_is_valid), ("new_sk_2", new_is_valid), (SECRET_KEY, false)] {
            let (answer, _) = function.invoke(payment.confirm(key)).await;
            let status = if is_valid { 200 } else { 401 };
            assert_eq!(answer["statusCode"], status, "{key} with {digests:?}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f44_a_function_that_cannot_write_its_log_still_serves_payments() {
    let payment = HeldPayment::created().await;
    let variables = [&[KEY, ("METRICS_NAMESPACE", "the-stack")][..], &payment.at(&payment.table.endpoint)].concat();
    let function = FunctionProcess::start_without_listeners(BINARY, &variables).await;
    let (first, _) = function.invoke(payment.confirm(SECRET_KEY)).await;
    assert!(is_done(&first), "{first}");
    let (refused, _) = function.invoke(payment.confirm("wrong")).await;
    assert_eq!(refused["statusCode"], 401, "{refused}");
    let (again, _) = function.invoke(payment.confirm(SECRET_KEY)).await;
    assert!(is_replay(&again), "{again}");
}
