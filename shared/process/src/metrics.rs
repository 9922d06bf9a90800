//! Metrics: one line for each request, in CloudWatch's embedded metric format.
//!
//! They have two dimensions, operation and outcome. A payment key must not be one: CloudWatch would create, and bill, a metric for
//! every payment.
//!
//! The line is written here, not by a library: its format is fixed, and the crates for it would add histograms, queues and
//! random numbers to the cold start of a function.

use payments_domain::{Amount, Timestamp};
use serde::Serialize;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

/// Where lines of metrics go.
#[derive(Clone)]
pub struct Metrics {
    namespace: String,
    write: Arc<dyn Fn(&str) + Send + Sync>,
}

/// What is measured of one request.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// When it ended.
    pub at: Timestamp,
    /// The operation: `create`.
    pub operation: &'static str,
    /// How it ended: `FIRST`, or the code of an error.
    pub outcome: &'static str,
    /// How long it waited for the store. `None` if it did not use it.
    pub store: Option<Duration>,
    /// The amount that it approved. An approval whose request could not learn that it was made (`SERVICE_UNAVAILABLE`) is in no
    /// metric: its repetitions are replays, of which there may be many. Hence the name of the metric.
    pub approved: Option<Amount>,
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

    /// Writes a line.
    pub fn write(&self, measured: &Measured) {
        if let Ok(line) = serde_json::to_string(&line(&self.namespace, measured)) {
            (self.write)(&line);
        }
    }
}

/// A duration in milliseconds, to the microsecond, as the log and the metrics have it.
pub fn milliseconds(duration: Duration) -> f64 {
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
    #[serde(rename = "ApprovedAmountInFirstAnswers", skip_serializing_if = "Option::is_none")]
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

fn line<'a>(namespace: &'a str, measured: &Measured) -> Line<'a> {
    let Measured { at, operation, outcome, store, approved } = *measured;
    let mut metrics = vec![Definition { name: "Requests", unit: "Count" }];
    metrics.extend(store.map(|_| Definition { name: "StoreLatency", unit: "Milliseconds" }));
    metrics.extend(approved.map(|_| Definition { name: "ApprovedAmountInFirstAnswers", unit: "None" }));
    let directive = Directive { namespace, dimensions: [["operation", "outcome"]], metrics };
    Line {
        level: "FATAL",
        timestamp: at.to_string(),
        aws: Metadata { timestamp: at.unix() * 1_000, cloud_watch_metrics: [directive] },
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
