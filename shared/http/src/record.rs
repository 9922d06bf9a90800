//! The record of each request: one log line, and one line of metrics in CloudWatch's embedded metric format.
//!
//! Neither may contain a secret key, its digest, a header or a body. The metrics have two dimensions, operation and outcome. A
//! payment key must not be one: CloudWatch would create, and bill, a metric for every payment.
//!
//! The metric line is written here, not by a library: its format is fixed, and the crates for it would add histograms, queues and
//! random numbers to the cold start of a function.

use crate::error::{ApiError, Causes};
use payments_domain::{Amount, Timestamp};
use serde::Serialize;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Where lines of metrics go.
#[derive(Clone)]
pub struct Metrics {
    namespace: String,
    write: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Metrics {
    /// Metrics of a namespace. Each line is passed to `write`, at every log level.
    pub fn new(namespace: String, write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { namespace, write: Arc::new(write) }
    }

    /// Metrics to standard output, where Lambda reads them.
    pub fn to_stdout(namespace: String) -> Self {
        // A payment does not fail because its metrics cannot be written.
        Self::new(namespace, |line| drop(writeln!(io::stdout().lock(), "{line}")))
    }

    /// No metrics, for a local run.
    pub fn off() -> Self {
        Self::new(String::new(), |_| ())
    }
}

/// What is known about a request so far.
pub(crate) struct Record {
    started: Instant,
    pub(crate) payment_key: Option<String>,
    pub(crate) attempts: u32,
    pub(crate) store: Option<Duration>,
    pub(crate) approved: Option<Amount>,
    /// Whether the change that the request asks for may have been made, by it or before it. If the request fails after that,
    /// its client must repeat it.
    pub(crate) may_be_made: bool,
}

impl Record {
    pub(crate) fn start() -> Self {
        Self {
            started: Instant::now(),
            payment_key: None,
            attempts: 0,
            store: None,
            approved: None,
            may_be_made: false,
        }
    }

    /// Writes both lines. `outcome` is the error, or whether the 200 is a replay.
    pub(crate) fn finish(
        self,
        operation: &'static str,
        request_id: &str,
        outcome: Result<bool, &ApiError>,
        now: Option<Timestamp>,
        metrics: &Metrics,
    ) {
        let (told, cause) = match outcome.map_err(ApiError::row) {
            Ok(false) => ("FIRST", None),
            Ok(true) => ("REPLAY", None),
            Err(row) => (row.code, row.cause),
        };
        let key = self.payment_key.as_deref();
        let duration = milliseconds(self.started.elapsed());
        // The names are those that the log's readers see. Lambda's own lines have `requestId`, too.
        if let Some(cause) = cause {
            tracing::error!(
                requestId = request_id,
                operation,
                paymentKey = key,
                outcome = told,
                attempts = self.attempts,
                durationMs = duration,
                cause = %Causes(cause),
                "request"
            );
        } else {
            tracing::info!(
                requestId = request_id,
                operation,
                paymentKey = key,
                outcome = told,
                attempts = self.attempts,
                durationMs = duration,
                "request"
            );
        }
        let Some(now) = now else { return };
        let line = embedded_metrics(&metrics.namespace, now, operation, told, self.store, self.approved);
        if let Ok(line) = serde_json::to_string(&line) {
            (metrics.write)(&line);
        }
    }
}

fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// One line. Source: CloudWatch user guide, "Embedded metric format specification".
///
/// `level` and `timestamp` are for Lambda, which drops lines below the function's log level. The metrics of every request must
/// come through, so the level is the highest that Lambda knows. Source: Lambda developer guide, "Log-level filtering".
#[derive(Serialize)]
struct Line<'a> {
    level: &'static str,
    timestamp: String,
    #[serde(rename = "_aws")]
    aws: Metadata<'a>,
    operation: &'static str,
    outcome: &'static str,
    #[serde(rename = "Requests")]
    requests: u32,
    #[serde(rename = "StoreLatency", skip_serializing_if = "Option::is_none")]
    store_latency: Option<f64>,
    #[serde(rename = "ApprovedAmount", skip_serializing_if = "Option::is_none")]
    approved_amount: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata<'a> {
    timestamp: i64,
    cloud_watch_metrics: [Directive<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'a str,
    dimensions: [[&'static str; 2]; 1],
    metrics: Vec<Definition>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    name: &'static str,
    unit: &'static str,
}

fn embedded_metrics<'a>(
    namespace: &'a str,
    now: Timestamp,
    operation: &'static str,
    outcome: &'static str,
    store: Option<Duration>,
    approved: Option<Amount>,
) -> Line<'a> {
    let mut metrics = vec![Definition { name: "Requests", unit: "Count" }];
    metrics.extend(store.map(|_| Definition { name: "StoreLatency", unit: "Milliseconds" }));
    metrics.extend(approved.map(|_| Definition { name: "ApprovedAmount", unit: "None" }));
    let directive = Directive { namespace, dimensions: [["operation", "outcome"]], metrics };
    Line {
        level: "FATAL",
        timestamp: now.to_string(),
        aws: Metadata { timestamp: now.unix() * 1_000, cloud_watch_metrics: [directive] },
        operation,
        outcome,
        requests: 1,
        store_latency: store.map(milliseconds),
        approved_amount: approved.map(Amount::krw),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_in_milliseconds_to_the_microsecond() {
        assert_eq!(milliseconds(Duration::from_nanos(1_234_567_890)), 1_234.568);
    }
}
