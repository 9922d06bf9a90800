//! What happens to a payment when the function's process is killed, frozen, or cannot write its log. The numbers are those of
//! the list of faults in docs/reliability.md.

use crate::BINARY;
use payments_store::LIMITS;
use payments_test_function::{
    Answer, FunctionProcess, LambdaFunction, SECRET_KEY, body_of, dependencies, event, moving_clock,
};
use payments_test_table::{Fate, Fault, Held, Table, Wire, empty_table, unique};
use serde_json::Value;
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
        let create = LambdaFunction::new("create", dependencies(&payment.table, moving_clock()));
        let created = create.invoke(&create.event(&payment.key, &body_of("create", &payment.key))).await;
        assert!(created.is_first(), "{created}");
        payment
    }

    /// The event of its confirm, with this secret key.
    fn confirm(&self, secret_key: &str) -> Value {
        event("confirm", secret_key, &self.key, &body_of("confirm", &self.key))
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
    async fn repeated(&self) -> Answer {
        let function = FunctionProcess::start(BINARY, &[&[KEY][..], &self.at(&self.table.endpoint)].concat()).await;
        function.invoke(self.confirm(SECRET_KEY)).await
    }

    /// Invokes a process of the function until its write is on its way.
    async fn write_of(&mut self, invocation: &mut (impl Future<Output = Answer> + Unpin)) -> Held {
        tokio::select! {
            Some(write) = self.writes.recv() => write,
            answer = invocation => panic!("answered without a write: {answer}"),
        }
    }
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
        let holds = if carried_out { again.is_replay() } else { again.is_first() };
        assert!(holds, "the repeat of a confirm that was carried out: {carried_out}: {again}");
        assert!(payment.repeated().await.is_replay(), "the change is made once");
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
            answer = &mut invocation => break answer,
        }
    };
    let truth = made && answer.is_first();
    assert!(truth || answer.status == 503, "the write was made: {made}: {answer}");
    let again = payment.repeated().await;
    assert_eq!((again.is_replay(), again.is_first()), (made, !made), "after {answer}: {again}");
    assert!(payment.repeated().await.is_replay(), "the change is made once");
}

#[tokio::test(flavor = "multi_thread")]
async fn f28_and_f29_the_first_request_after_a_freeze_succeeds_although_the_connections_have_died() {
    for death in [Fault::Reset, Fault::Close, Fault::Hang] {
        let mut payment = HeldPayment::created().await;
        let function = payment.function().await;
        for (freeze, holds) in [(false, Answer::is_first as fn(&Answer) -> bool), (true, Answer::is_replay)] {
            if freeze {
                function.signal("-STOP");
                payment.wire.cut(death);
                sleep(Duration::from_millis(200)).await;
                function.signal("-CONT");
            }
            let event = payment.confirm(SECRET_KEY);
            let mut invocation = Box::pin(function.invoke(event));
            payment.write_of(&mut invocation).await.release(Fate::Pass).await;
            let answer = invocation.await;
            assert!(holds(&answer), "frozen before: {freeze}, its connection dead by {death:?}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f44_a_function_that_cannot_write_its_log_still_serves_payments() {
    let payment = HeldPayment::created().await;
    let variables = [&[KEY, ("METRICS_NAMESPACE", "the-stack")][..], &payment.at(&payment.table.endpoint)].concat();
    let function = FunctionProcess::start_without_listeners(BINARY, &variables).await;
    let first = function.invoke(payment.confirm(SECRET_KEY)).await;
    assert!(first.is_first(), "{first}");
    let refused = function.invoke(payment.confirm("wrong")).await;
    assert_eq!(refused.status, 401, "{refused}");
    let again = function.invoke(payment.confirm(SECRET_KEY)).await;
    assert!(again.is_replay(), "{again}");
}
