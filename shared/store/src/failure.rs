//! What a failed call means: whether a retry can help, and whether the write may have been made.

use crate::item::{Item, Malformed};
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use payments_domain::{PaymentKey, Undecided};
use std::error::Error;

pub(crate) type Cause = Box<dyn Error + Send + Sync>;

/// Why a command has no decision, or a read no result. The cause is for the log, never for a client.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB is slow, throttling or down, or an earlier attempt may have made the write. The outcome is unknown. A
    /// repeat of the command, or of the read, gets a definite answer.
    #[error("the store is unavailable")]
    Unavailable(#[source] Cause),
    /// The write was not made and will not be, and repeating the command or the read cannot fix it: no permission, no table, an
    /// item that cannot be read.
    #[error("the store is at fault")]
    Fault(#[source] Cause),
}

impl StoreError {
    /// The meaning of the last attempt's error alone. An earlier attempt can change it: see [`payments_domain::decide`].
    pub(crate) fn of<E>(error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        match error {
            SdkError::ServiceError(context) => {
                let later = worth_repeating(context.raw().status().as_u16(), context.err().code());
                let cause = Box::new(context.into_err());
                if later { Self::Unavailable(cause) } else { Self::Fault(cause) }
            }
            // Without credentials or a usable endpoint, nothing is sent. If the connection of a request fails, it is in doubt.
            SdkError::ConstructionFailure(_) | SdkError::DispatchFailure(_) => Self::Fault(Box::new(error)),
            other => Self::Unavailable(Box::new(other)),
        }
    }

    /// The meaning of a failed read. `in_doubt` says that DynamoDB did not refuse every attempt, so a repeat can help, as with a
    /// write.
    pub(crate) fn of_a_read(self, in_doubt: bool) -> Self {
        match self {
            Self::Fault(cause) if in_doubt => Self::Unavailable(cause),
            other => other,
        }
    }
}

/// A stored item that cannot be read.
impl From<Malformed> for StoreError {
    fn from(malformed: Malformed) -> Self {
        Self::Fault(malformed.into())
    }
}

/// The payment of a list whose item cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the payment {}", key.as_str())]
pub(crate) struct UnreadablePayment {
    pub(crate) key: PaymentKey,
    #[source]
    pub(crate) malformed: Malformed,
}

/// The cause of an unknown outcome. Its source is the cause of the last attempt, if that failed.
#[derive(Debug, thiserror::Error)]
#[error("an earlier attempt may have made the write")]
struct InDoubt(#[source] Option<Cause>);

impl From<Undecided<Cause>> for StoreError {
    fn from(undecided: Undecided<Cause>) -> Self {
        match undecided {
            Undecided::Failed(cause) => Self::Fault(cause),
            Undecided::Unknown(cause) => Self::Unavailable(cause),
            Undecided::InDoubt(last) => Self::Unavailable(Box::new(InDoubt(last))),
        }
    }
}

/// Why a write was not made, or may not have been made.
pub(crate) enum WriteFailure {
    /// The condition failed. The item at that time, if there was one.
    ConditionFailed(Option<Item>),
    /// The call failed.
    Failed(StoreError),
}

impl WriteFailure {
    /// The meaning of the last attempt of a failed write.
    pub(crate) fn of<E: WriteError>(error: SdkError<E, HttpResponse>) -> Self {
        match error {
            SdkError::ServiceError(context) if context.err().is_failed_condition() => {
                Self::ConditionFailed(context.into_err().item())
            }
            other => Self::Failed(StoreError::of(other)),
        }
    }
}

/// An error of one of the two conditional writes.
pub(crate) trait WriteError: ProvideErrorMetadata + Error + Send + Sync + 'static {
    /// Whether the condition failed.
    fn is_failed_condition(&self) -> bool;

    /// The item that was returned with the failed condition.
    fn item(self) -> Option<Item>;
}

impl WriteError for PutItemError {
    fn is_failed_condition(&self) -> bool {
        self.is_conditional_check_failed_exception()
    }

    fn item(self) -> Option<Item> {
        if let Self::ConditionalCheckFailedException(failed) = self { failed.item } else { None }
    }
}

impl WriteError for UpdateItemError {
    fn is_failed_condition(&self) -> bool {
        self.is_conditional_check_failed_exception()
    }

    fn item(self) -> Option<Item> {
        if let Self::ConditionalCheckFailedException(failed) = self { failed.item } else { None }
    }
}

/// Whether a call that DynamoDB refused may succeed later: after throttling, after a conflict with another write, and if
/// DynamoDB did not get the request in time. A status other than 4xx is not a refusal; it leaves the attempt in doubt.
/// Source: DynamoDB developer guide, "Error handling with DynamoDB".
fn worth_repeating(status: u16, code: Option<&str>) -> bool {
    const LATER: [&str; 8] = [
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "TransactionConflictException",
        "TransactionInProgressException",
        "ReplicatedWriteConflictException",
        "RequestTimeout",
        "RequestTimeoutException",
    ];
    status == 429 || status == 408 || code.is_some_and(|code| LATER.contains(&code))
}
