//! What an endpoint can use: the caller, the addresses of receipts, and the table.
//!
//! [`Context::write`] is the only way to change the table. It stamps, executes, maps refusals and records.

use crate::auth::{Caller, SecretKeys};
use crate::error::{ApiError, NoRequestId};
use crate::receipts::Receipts;
use crate::record::{Metrics, Record};
use crate::reply::Reply;
use payments_domain::{Amount, Command, Decision, RequestId, Stamp, Timestamp};
use payments_store::{Store, StoreError};
use serde::Serialize;
use std::sync::Arc;

/// Returns the time. It is passed in, so that tests need not wait.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What the endpoints of one process share.
pub struct Dependencies {
    /// The secret keys that are valid.
    pub keys: SecretKeys,
    /// The table.
    pub store: Store,
    /// The addresses of receipts.
    pub receipts: Receipts,
    /// The clock.
    pub clock: Clock,
    /// Where metrics go.
    pub metrics: Metrics,
}

/// One request in its endpoint.
pub struct Context<'a> {
    pub(crate) dependencies: &'a Dependencies,
    pub(crate) caller: Caller,
    pub(crate) request_id: &'a str,
    pub(crate) record: &'a mut Record,
}

/// A command that was carried out, now or before.
#[derive(Debug)]
pub struct Written<T> {
    /// The data of the answer.
    pub outcome: T,
    /// Whether an earlier request made the change, and this one changed nothing.
    pub replayed: bool,
}

impl<T> Written<T> {
    /// An answer in JSON. A replay has a header that says so.
    ///
    /// # Errors
    /// As [`Reply::json`].
    pub fn json(&self, body: &impl Serialize) -> Result<Reply, ApiError> {
        let mut reply = Reply::json(body)?;
        reply.replayed = self.replayed;
        Ok(reply)
    }
}

impl Context<'_> {
    /// The caller.
    pub const fn caller(&self) -> Caller {
        self.caller
    }

    /// The addresses of receipts.
    pub const fn receipts(&self) -> &Receipts {
        &self.dependencies.receipts
    }

    /// Carries out a command with exactly one conditional write.
    ///
    /// # Errors
    /// A refusal of the payment, 503 if the outcome is unknown, and 500 for what repeating cannot fix.
    pub async fn write<C: Command>(&mut self, command: &C) -> Result<Written<C::Outcome>, ApiError> {
        self.record.payment_key = Some(command.key().as_str().to_owned());
        let by = RequestId::parse(self.request_id).ok_or_else(|| ApiError::internal(NoRequestId))?;
        let stamp = Stamp::new((self.dependencies.clock)(), &by);
        // If the store panics, this stays true.
        self.record.may_be_made = true;
        let executed = self.dependencies.store.execute(command, &stamp).await;
        self.record.may_be_made = !matches!(executed.result, Ok(Decision::Refused(_)) | Err(StoreError::Fault(_)));
        self.record.attempts = executed.attempts;
        self.record.store = Some(executed.elapsed);
        match executed.result? {
            Decision::Made(outcome) => Ok(Written { outcome, replayed: false }),
            Decision::Replayed(outcome) => Ok(Written { outcome, replayed: true }),
            Decision::Refused(refusal) => Err(ApiError::Refused(refusal)),
        }
    }

    /// Counts money that this request has approved, for the metrics.
    pub const fn count_approved(&mut self, amount: Amount) {
        self.record.approved = Some(amount);
    }
}
