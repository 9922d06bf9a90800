//! The record of each request: one log line, and one line of metrics. Neither may contain a secret key, its digest, a header or a
//! body.

use crate::answer::{ApiError, Outcome};
use payments_domain::{Amount, Timestamp};
use payments_process::{Causes, Measured, Metrics, milliseconds};
use std::time::{Duration, Instant};

/// What is known about a request so far.
pub(crate) struct Record {
    started: Instant,
    pub(crate) payment_key: Option<String>,
    /// The order of a list. Other requests have a payment key.
    pub(crate) order_id: Option<String>,
    pub(crate) attempts: u32,
    pub(crate) store: Option<Duration>,
    pub(crate) approved: Option<Amount>,
    /// Whether the requested change may have been made, by this request or before it. If the request fails after that,
    /// its client must repeat it.
    pub(crate) may_be_made: bool,
}

impl Record {
    pub(crate) fn start() -> Self {
        Self {
            started: Instant::now(),
            payment_key: None,
            order_id: None,
            attempts: 0,
            store: None,
            approved: None,
            may_be_made: false,
        }
    }

    /// Writes both lines.
    pub(crate) fn finish(
        self,
        operation: &'static str,
        request_id: &str,
        outcome: Result<Outcome, &ApiError>,
        now: Option<Timestamp>,
        metrics: &Metrics,
    ) {
        let (outcome, cause) = match outcome.map_err(ApiError::row) {
            Ok(outcome) => (outcome.name(), None),
            Err(row) => (row.code, row.cause),
        };
        let (key, order) = (self.payment_key.as_deref(), self.order_id.as_deref());
        let duration = milliseconds(self.started.elapsed());
        // The names are those that the log's readers see. Lambda's own lines have `requestId`, too.
        if let Some(cause) = cause {
            tracing::error!(
                requestId = request_id,
                operation,
                paymentKey = key,
                orderId = order,
                outcome,
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
                orderId = order,
                outcome,
                attempts = self.attempts,
                durationMs = duration,
                "request"
            );
        }
        let (store, approved) = (self.store, self.approved);
        if let Some(at) = now {
            metrics.write(&Measured { at, operation, outcome, store, approved });
        }
    }
}
