//! What an endpoint can use: the settings of receipts, the client's language, and the table.
//!
//! [`Context::write`] is the only way to change the table. It stamps, executes, maps refusals and records. [`Context::read`],
//! [`Context::find`] and [`Context::list`] are the only ways to read it.

use crate::answer::{ApiError, NoRequestId, Outcome, Receipts};
use crate::record::Record;
use crate::request::{Headers, SecretKeys, language_of};
use payments_domain::{Amount, Command, Decision, OrderId, Payment, PaymentKey, Refusal, RequestId, Stamp};
use payments_language::Language;
use payments_process::{Clock, Metrics};
use payments_store::{Executed, Store, StoreError};

/// What the endpoints of one process share.
pub struct Dependencies {
    /// The secret keys that are valid.
    pub keys: SecretKeys,
    /// The table.
    pub store: Store,
    /// Where receipts are, and their pages.
    pub receipts: Receipts,
    /// The language of messages for a client that prefers none of ours.
    pub language: Language,
    /// The clock.
    pub clock: Clock,
    /// Where metrics go.
    pub metrics: Metrics,
}

/// One request in its endpoint.
pub struct Context<'a> {
    pub(crate) dependencies: &'a Dependencies,
    pub(crate) headers: &'a Headers,
    pub(crate) request_id: &'a str,
    pub(crate) record: &'a mut Record,
}

impl<'a> Context<'a> {
    /// Where receipts are, and their pages.
    pub const fn receipts(&self) -> &'a Receipts {
        &self.dependencies.receipts
    }

    /// The language that the client prefers, or the default.
    pub fn language(&self) -> Language {
        language_of(self.headers, self.dependencies.language)
    }

    /// Carries out a command with exactly one conditional write. Returns the data of the answer, and which request made the change.
    ///
    /// # Errors
    /// A refusal of the payment, 503 if the outcome is unknown, and 500 for what repeating cannot fix.
    pub async fn write<C: Command>(&mut self, command: &C) -> Result<(C::Output, Outcome), ApiError> {
        self.record.payment_key = Some(command.key().as_str().to_owned());
        let by = RequestId::parse(self.request_id).ok_or_else(|| ApiError::internal(NoRequestId))?;
        let stamp = Stamp::new((self.dependencies.clock)(), &by);
        // If the store panics, this stays true.
        self.record.may_be_made = true;
        let executed = self.dependencies.store.execute(command, &stamp).await;
        self.record.may_be_made = !matches!(executed.result, Ok(Decision::Refused(_)) | Err(StoreError::Fault(_)));
        match self.recorded(executed)? {
            Decision::Made(output) => Ok((output, Outcome::Made)),
            Decision::Replayed(output) => Ok((output, Outcome::Replayed)),
            Decision::Refused(refusal) => Err(ApiError::Refused(refusal)),
        }
    }

    /// Reads a payment with exactly one read.
    ///
    /// # Errors
    /// 404 if there is no payment with this key. Otherwise those of [`Self::find`].
    pub async fn read(&mut self, key: &PaymentKey) -> Result<Payment, ApiError> {
        self.find(key).await?.ok_or(ApiError::Refused(Refusal::NotFound))
    }

    /// Reads the payment with this key, if there is one, with exactly one read.
    ///
    /// # Errors
    /// 503 if the read failed for now, and 500 for what repeating cannot fix.
    pub async fn find(&mut self, key: &PaymentKey) -> Result<Option<Payment>, ApiError> {
        self.record.payment_key = Some(key.as_str().to_owned());
        let executed = self.dependencies.store.read(key).await;
        self.recorded(executed).map_err(ApiError::of_a_read)
    }

    /// Reads the payments of an order, the newest first. None is an empty list.
    ///
    /// # Errors
    /// 503 if the read failed for now, and 500 for what repeating cannot fix.
    pub async fn list(&mut self, order: &OrderId) -> Result<Vec<(PaymentKey, Payment)>, ApiError> {
        self.record.order_id = Some(order.as_str().to_owned());
        let executed = self.dependencies.store.list(order).await;
        self.recorded(executed).map_err(ApiError::of_a_read)
    }

    /// The result of a call of the store. Its cost is recorded.
    fn recorded<T>(&mut self, executed: Executed<T>) -> Result<T, StoreError> {
        self.record.attempts = executed.attempts;
        self.record.store = Some(executed.elapsed);
        executed.result
    }

    /// Counts money that this request has approved, for the metrics.
    pub const fn count_approved(&mut self, amount: Amount) {
        self.record.approved = Some(amount);
    }
}
