//! The functions over a wire that a test scripts, and one payment.

use payments_store::{Item, LIMITS};
use payments_test_function::{LambdaFunctions, dependencies, jumping_clock};
use payments_test_table::{Fate, Held, INTERNAL, Late, Table, Wire, empty_table, unique};
use serde_json::{Value, json};
use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

/// The three requests, in the order of a payment's life.
pub(crate) const STEPS: [&str; 3] = ["create", "confirm", "cancel"];

/// The longest time until an answer, for any failure.
pub(crate) const BOUND: Duration = Duration::from_secs(5);

/// One payment, and the functions over a wire that holds its writes.
pub(crate) struct FaultyService {
    pub(crate) functions: LambdaFunctions,
    /// The functions for another client, whose requests are not held.
    others: LambdaFunctions,
    writes: UnboundedReceiver<Held>,
    pub(crate) wire: Wire,
    pub(crate) table: Table,
    pub(crate) key: String,
    /// The time in seconds. It advances by one at each reading.
    pub(crate) now: Arc<AtomicI64>,
}

/// The answer to a request, and its cost.
pub(crate) struct Observed {
    pub(crate) answer: Value,
    /// What the SDK sent for it, each to be carried out later.
    pub(crate) attempts: Vec<Late>,
    /// How many of them DynamoDB carried out with success.
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
        let (wire, writes) = Wire::holding(&table.endpoint).await;
        let now = Arc::new(AtomicI64::new(1_704_112_496));
        let clock = jumping_clock(&now);
        Self {
            functions: LambdaFunctions::new(dependencies(&table.by_way_of(&wire.endpoint), Arc::clone(&clock))),
            others: LambdaFunctions::new(dependencies(table, clock)),
            writes,
            wire,
            table: table.clone(),
            key: unique("faults"),
            now,
        }
    }

    /// Prepares the payment for `step`, bypassing the wire.
    pub(crate) async fn ready_for(&self, step: &str) {
        for earlier in STEPS.iter().take_while(|earlier| **earlier != step) {
            let answer = self.of_another_client(earlier).await;
            assert_eq!(answer["statusCode"], 200, "{earlier} before {step}: {answer}");
        }
    }

    /// The event of a request.
    pub(crate) fn event(&self, step: &str) -> Value {
        let body = match step {
            "cancel" => json!({ "cancelReason": "USER_REQUEST", "cancelAmount": 10_000 }),
            _ => json!({ "paymentKey": self.key, "orderId": "order_1", "amount": 10_000 }),
        };
        self.functions.named(step).event(&self.key, &body.to_string())
    }

    /// Sends a request whose attempts have these fates, one after another. The last one applies to all further attempts.
    pub(crate) async fn send(&mut self, step: &str, fates: &[Fate]) -> Observed {
        let event = self.event(step);
        let started = Instant::now();
        let mut invocation = pin!(self.functions.named(step).invoke(&event));
        let (mut attempts, mut writes) = (Vec::new(), 0);
        let answer = loop {
            tokio::select! {
                Some(write) = self.writes.recv() => {
                    let fate = fates.get(attempts.len()).or(fates.last()).expect("a fate");
                    attempts.push(write.later());
                    writes += usize::from(write.release(*fate).await == Some(200));
                }
                answer = &mut invocation => break answer,
            }
        };
        Observed { answer, attempts, writes, took: started.elapsed() }
    }

    /// The next attempt of any request.
    pub(crate) async fn next_write(&mut self) -> Held {
        let write = timeout(BOUND, self.writes.recv()).await.expect("the SDK must make another attempt");
        write.expect("the wire serves")
    }

    /// The answer to another client, whose requests bypass the wire.
    pub(crate) async fn of_another_client(&self, step: &str) -> Value {
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
    /// The request made the change, and its answer says so.
    pub(crate) fn is_done(&self) -> bool {
        self.answer["statusCode"] == 200 && !is_replay(&self.answer)
    }

    /// The outcome is unknown, and the answer asks the client to repeat the request.
    pub(crate) fn is_unavailable(&self) -> bool {
        let once_more = self.answer["headers"]["retry-after"] == "1";
        self.answer["statusCode"] == 503 && code(&self.answer) == "SERVICE_UNAVAILABLE" && once_more
    }

    /// A failure that retrying cannot fix.
    pub(crate) fn is_broken(&self) -> bool {
        let once_more = self.answer["headers"].get("retry-after").is_some();
        self.answer["statusCode"] == 500 && code(&self.answer) == "INTERNAL_ERROR" && !once_more
    }

    /// An earlier request made the change.
    pub(crate) fn is_replay(&self) -> bool {
        is_replay(&self.answer)
    }

    /// The payment does not allow it.
    pub(crate) fn is_refused(&self, status: u16, why: &str) -> bool {
        self.answer["statusCode"] == status && code(&self.answer) == why
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
        write!(f, "{} after {attempts} attempts in {took:.2} s: {}", answer["statusCode"], answer["body"])
    }
}

/// Whether an answer says that an earlier request made the change.
pub(crate) fn is_replay(answer: &Value) -> bool {
    match &answer["headers"]["idempotent-replayed"] {
        Value::Null => false,
        value => {
            assert_eq!((value, &answer["statusCode"]), (&json!("true"), &json!(200)), "{answer}");
            true
        }
    }
}

/// The code of an error.
fn code(answer: &Value) -> String {
    let body: Value = serde_json::from_str(answer["body"].as_str().expect("a body")).expect("JSON");
    body["code"].as_str().unwrap_or_default().to_owned()
}
