//! A request of a backend, from its arrival to the end of its answer: what a fault does to it, and what the journal notes.

use crate::faults::{Effect, Failure, Faults, GatewayFailure, Substitute};
use crate::journal::{End, Entry, Journal, Outcome};
use crate::operation::{Asked, Operation};
use crate::response::own_answer;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use payments_domain::Status;
use payments_http::ApiError;
use payments_language::Language;
use payments_server::{Answer, Client};
use serde_json::{Value, json};
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

/// How long a reader of the journal waits for answers that are being sent. A client may read its answer slowly.
const LONGEST_SENDING: Duration = Duration::from_millis(500);

/// Returns the time, for the journal. Unlike that of payments, it has fractions of a second.
pub type Now = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// The faults and the journal of a server.
pub(crate) struct Exchanges {
    faults: Mutex<Faults>,
    journal: Arc<Mutex<Journal>>,
    /// How many answers are being sent.
    sending: watch::Sender<usize>,
    now: Now,
    start: Instant,
}

/// A request whose head has arrived.
pub(crate) struct Arrived {
    pub(crate) id: String,
    /// The language of its answer.
    pub(crate) language: Language,
    client: Client,
    at: DateTime<Utc>,
    start: Instant,
}

impl Exchanges {
    pub(crate) fn new(now: Now) -> Self {
        Self {
            faults: Mutex::default(),
            journal: Arc::default(),
            sending: watch::Sender::default(),
            now,
            start: Instant::now(),
        }
    }

    /// A request arrives.
    pub(crate) fn arrived(&self, id: String, language: Language, client: Client) -> Arrived {
        Arrived { id, language, client, at: (self.now)().into(), start: Instant::now() }
    }

    /// The answer to a request. `carried_out` carries it out and returns the service's answer. It is polled to its end, or never.
    pub(crate) async fn answer(
        &self,
        arrived: &Arrived,
        asked: Asked,
        carried_out: impl Future<Output = Response<Bytes>>,
    ) -> Answer<Bytes> {
        let operation = asked.operation;
        let asked = self.journal().with_order(asked);
        let fault = self.faults().meet(&asked);
        let since_the_start = arrived.start.duration_since(self.start);
        let entry = Entry { fault, ..Entry::new(arrived.id.clone(), arrived.at, since_the_start, asked) };
        let number = self.journal().begin(entry);

        let carried_out = async {
            let response = carried_out.await;
            self.journal().update(number, |entry| {
                entry.status = Some(response.status().as_u16());
                entry.outcome = outcome(operation, &response);
                entry.carried_out_after = Some(arrived.start.elapsed());
                entry.shown = shown(operation, &response);
            });
            response
        };
        let instead = |substitute| {
            let response = substituted(substitute, operation, arrived);
            self.journal().update(number, |entry| {
                entry.status = Some(response.status().as_u16());
                // A request that was carried out has its own outcome.
                entry.outcome = entry.outcome.take().or_else(|| outcome(operation, &response));
            });
            response
        };
        let mut answered = pin!(async {
            match fault {
                None => carried_out.await.into(),
                Some(Effect::LoseRequest) => Answer::nothing(),
                Some(Effect::LoseAnswer) => {
                    carried_out.await;
                    Answer::nothing()
                }
                Some(Effect::CutAnswer) => Answer::half(carried_out.await),
                Some(Effect::Delay(delay)) => {
                    sleep(delay).await;
                    carried_out.await.into()
                }
                Some(Effect::DelayAnswer(delay)) => {
                    let response = carried_out.await;
                    sleep(delay).await;
                    response.into()
                }
                Some(Effect::Answer(substitute)) => instead(substitute).into(),
                Some(Effect::AnswerAfter(failure)) => {
                    carried_out.await;
                    instead(Substitute::Failure(failure)).into()
                }
            }
        });
        // A request is carried out although its client has left, as in Lambda.
        let mut left_after = None;
        let answer: Answer<Bytes> = tokio::select! {
            biased;
            answer = &mut answered => answer,
            () = arrived.client.closed_its_side() => {
                let after = arrived.start.elapsed();
                left_after = Some(after);
                // A client that has closed only the side on which it sends may still get its answer.
                self.journal().update(number, |entry| entry.end = Some(End { answered: false, after }));
                answered.await
            }
        };
        let (journal, sending, start) = (Arc::clone(&self.journal), self.sending.clone(), arrived.start);
        sending.send_modify(|sending| *sending += 1);
        answer.then(move |answered| {
            let after = left_after.filter(|_| !answered).unwrap_or_else(|| start.elapsed());
            lock(&journal).update(number, |entry| entry.end = Some(End { answered, after }));
            sending.send_modify(|sending| *sending -= 1);
        })
    }

    /// Waits until the journal has the end of each answer that is being sent: a client may have read an answer a moment before its end
    /// is written down, and ask for the journal at once.
    pub(crate) async fn answers_sent(&self) {
        let mut sending = self.sending.subscribe();
        drop(timeout(LONGEST_SENDING, sending.wait_for(|sending| *sending == 0)).await);
    }

    /// Removes all faults, and forgets all requests.
    pub(crate) fn reset(&self) {
        self.faults().remove_all();
        self.journal().clear();
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        lock(&self.journal)
    }
}

/// No code panics while it holds one of these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How a request with this answer ended. `None` for an answer of the gateway, which has no code.
fn outcome(operation: Operation, response: &Response<Bytes>) -> Option<Outcome> {
    if response.status() == StatusCode::OK {
        let is_replay = response.headers().contains_key("idempotent-replayed");
        return Some(match operation.is_read() {
            true => Outcome::Read,
            false if is_replay => Outcome::Replay,
            false => Outcome::First,
        });
    }
    let body: Value = serde_json::from_slice(response.body()).ok()?;
    Some(Outcome::Code(body.get("code")?.as_str()?.to_owned()))
}

/// The status of the payment in the answer to a retrieve.
fn shown(operation: Operation, response: &Response<Bytes>) -> Option<Status> {
    if operation != Operation::Retrieve || response.status() != StatusCode::OK {
        return None;
    }
    let payment: Value = serde_json::from_slice(response.body()).ok()?;
    let status = payment.get("status")?.as_str()?;
    Status::ALL.into_iter().find(|other| other.as_str() == status)
}

/// The answer that a fault gives.
fn substituted(substitute: Substitute, operation: Operation, arrived: &Arrived) -> Response<Bytes> {
    let cause = || "a fault of a test".into();
    let failure = match substitute {
        Substitute::TooManyRequests => return of_the_gateway(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests"),
        Substitute::Failure(failure) => failure,
    };
    let error = match failure {
        Failure::Unavailable if operation.is_read() => ApiError::ReadUnavailable(cause()),
        Failure::Unavailable => ApiError::Unavailable(cause()),
        Failure::Internal => ApiError::Internal(cause()),
        Failure::Gateway(failure) => {
            let (status, message) = match failure {
                GatewayFailure::InternalServerError => (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
                GatewayFailure::BadGateway => (StatusCode::BAD_GATEWAY, "Bad Gateway"),
                GatewayFailure::ServiceUnavailable => (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
                GatewayFailure::GatewayTimeout => (StatusCode::GATEWAY_TIMEOUT, "Gateway Timeout"),
            };
            return of_the_gateway(status, message);
        }
    };
    own_answer(&error, &arrived.id, arrived.language)
}

/// An answer of API Gateway itself: no code, no id of the request, and always in English.
fn of_the_gateway(status: StatusCode, message: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(json!({ "message": message }).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

impl std::fmt::Debug for Exchanges {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exchanges").finish_non_exhaustive()
    }
}

/// A length of time in whole milliseconds.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
