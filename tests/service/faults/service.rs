//! The functions over a wire that a test scripts, and one payment.

use payments_store::{Item, LIMITS};
use payments_test_function::{
    Answer, LambdaFunctions, OPERATIONS, body_of, call_of, dependencies, jumping_clock, terms_of,
};
use payments_test_table::{Fate, Held, INTERNAL, Late, Table, Wire, empty_table, unique};
use serde_json::Value;
use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

/// The longest time until an answer, for any failure.
pub(crate) const BOUND: Duration = Duration::from_secs(5);

/// One payment, the only one of its order, and the functions over a wire that holds their calls.
pub(crate) struct FaultyService {
    pub(crate) functions: LambdaFunctions,
    /// The functions for another client, whose requests are not held.
    others: LambdaFunctions,
    calls: UnboundedReceiver<Held>,
    pub(crate) wire: Wire,
    pub(crate) table: Table,
    /// The key of the payment, and the number of its order.
    pub(crate) key: String,
    /// The time in seconds. It advances by one at each reading.
    pub(crate) now: Arc<AtomicI64>,
}

/// The answer to a request, and its cost.
pub(crate) struct Observed {
    pub(crate) answer: Answer,
    /// What the SDK sent for the call, each to be carried out later.
    pub(crate) attempts: Vec<Late>,
    /// How many of them changed the payment.
    pub(crate) writes: usize,
    pub(crate) took: Duration,
}

impl FaultyService {
    /// Over a table of its own.
    pub(crate) async fn start() -> Self {
        Self::over(&empty_table().await).await
    }

    /// With a table that other tests use, too.
    pub(crate) async fn over(table: &Table) -> Self {
        let (wire, calls) = Wire::holding(&table.endpoint).await;
        let now = Arc::new(AtomicI64::new(1_704_112_496));
        let clock = jumping_clock(&now);
        Self {
            functions: LambdaFunctions::new(dependencies(&table.by_way_of(&wire.endpoint), Arc::clone(&clock))),
            others: LambdaFunctions::new(dependencies(table, clock)),
            calls,
            wire,
            table: table.clone(),
            key: unique("faults"),
            now,
        }
    }

    /// Prepares the payment for `step`, bypassing the wire.
    pub(crate) async fn ready_for(&self, step: &str) {
        for earlier in OPERATIONS.iter().take_while(|earlier| **earlier != step) {
            let answer = self.of_another_client(earlier).await;
            assert_eq!(answer.status, 200, "{earlier} before {step}: {answer}");
        }
    }

    /// The event of a request.
    pub(crate) fn event(&self, step: &str) -> Value {
        let body = match step {
            "create" | "confirm" => terms_of(&self.key, &self.key, 10_000),
            _ => body_of(step, &self.key),
        };
        self.functions.named(step).event(&self.key, &body)
    }

    /// Sends a request. The attempts of its first call have these fates, one after another. The last one applies to all further
    /// attempts.
    pub(crate) async fn send(&mut self, step: &str, fates: &[Fate]) -> Observed {
        self.send_with(step, call_of(step), fates).await
    }

    /// Sends a request whose attempts at one of its calls have these fates. Its other calls pass.
    pub(crate) async fn send_with(&mut self, step: &str, call: &str, fates: &[Fate]) -> Observed {
        let event = self.event(step);
        let started = Instant::now();
        let mut invocation = pin!(self.functions.named(step).invoke(&event));
        let (mut attempts, mut writes) = (Vec::new(), 0);
        let answer = loop {
            tokio::select! {
                Some(held) = self.calls.recv() => {
                    if held.operation != call {
                        held.release(Fate::Pass).await;
                        continue;
                    }
                    let fate = fates.get(attempts.len()).or(fates.last()).expect("a fate");
                    attempts.push(held.later());
                    let is_write = held.is_write();
                    writes += usize::from(held.release(*fate).await == Some(200) && is_write);
                }
                answer = &mut invocation => break answer,
            }
        };
        Observed { answer, attempts, writes, took: started.elapsed() }
    }

    /// The next attempt of any request.
    pub(crate) async fn next_call(&mut self) -> Held {
        let call = timeout(BOUND, self.calls.recv()).await.expect("the SDK must make another attempt");
        call.expect("the wire serves")
    }

    /// The answer to another client, whose requests bypass the wire.
    pub(crate) async fn of_another_client(&self, step: &str) -> Answer {
        self.others.named(step).invoke(&self.event(step)).await
    }

    /// The payment as stored.
    pub(crate) async fn stored(&self) -> Option<Item> {
        self.table.get(&self.key).await
    }

    /// The status of the payment as stored.
    pub(crate) async fn status(&self) -> Option<String> {
        self.stored().await.map(|item| item["status"].as_s().expect("text").clone())
    }
}

impl Observed {
    /// The request made the change, and its answer says so; or it was a read, and succeeded.
    pub(crate) fn is_done(&self) -> bool {
        self.answer.is_first()
    }

    /// The outcome is unknown, or a read failed for now. The answer asks the client to repeat the request.
    pub(crate) fn is_unavailable(&self) -> bool {
        self.is_refused(503, "SERVICE_UNAVAILABLE") && self.answer.header("retry-after") == Some("1")
    }

    /// A failure that retrying cannot fix.
    pub(crate) fn is_broken(&self) -> bool {
        self.is_refused(500, "INTERNAL_ERROR") && self.answer.header("retry-after").is_none()
    }

    /// An earlier request made the change.
    pub(crate) fn is_replay(&self) -> bool {
        self.answer.is_replay()
    }

    /// The answer is this error.
    pub(crate) fn is_refused(&self, status: u16, why: &str) -> bool {
        self.answer.status == status && self.answer.code() == why
    }

    /// Checks what holds for every answer.
    pub(crate) fn check_common_rules(&self) {
        assert!(self.took < BOUND, "a client must have its answer in {BOUND:?}: {self}");
        assert!(self.attempts.len() <= LIMITS.attempts as usize, "attempts are limited: {self}");
        assert!(self.writes <= 1, "{} writes were made for one request: {self}", self.writes);
        let text = self.answer.to_string();
        assert!(!text.contains(INTERNAL) && !text.contains("injected"), "nothing internal reaches a client: {text}");
    }
}

impl fmt::Display for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (answer, attempts, took) = (&self.answer, self.attempts.len(), self.took.as_secs_f32());
        write!(f, "{answer} after {attempts} attempts in {took:.2} s")
    }
}
