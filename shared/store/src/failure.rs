//! What a failed call means: whether a retry can help, and whether the write may have been made.

use crate::item::{Item, Malformed};
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use payments_domain::Undecided;
use std::error::Error;

type Cause = Box<dyn Error + Send + Sync>;

/// Why a command has no decision. The cause is for the log, never for a client.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB is slow, throttling or down, or an earlier attempt may have made the write. The outcome is unknown. A
    /// repeat of the command gets a definite answer.
    #[error("the store is unavailable")]
    Unavailable(#[source] Cause),
    /// The write was not made and will not be, and repeating the command cannot fix it: no permission, no table, an item that
    /// cannot be read.
    #[error("the store is at fault")]
    Fault(#[source] Cause),
}

impl StoreError {
    /// The meaning of the last attempt's error alone. An attempt in doubt can change it: see [`Self::after_an_attempt_in_doubt`].
    fn of<E>(error: SdkError<E, HttpResponse>) -> Self
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

    /// The meaning of the error if an attempt of the same command may have made the write. Example: DynamoDB makes the write of
    /// the first attempt and its answer is lost; the second attempt is refused because the function has just lost its
    /// permission. [`Self::Fault`] would say that nothing was written.
    pub(crate) fn after_an_attempt_in_doubt(self) -> Self {
        match self {
            Self::Fault(cause) => Self::Unavailable(Box::new(FailedInDoubt(cause))),
            unavailable @ Self::Unavailable(_) => unavailable,
        }
    }
}

/// The cause of an unknown outcome, and how the last attempt ended.
#[derive(Debug, thiserror::Error)]
#[error("an earlier attempt may have made the write")]
struct FailedInDoubt(#[source] Cause);

impl From<Malformed> for StoreError {
    fn from(malformed: Malformed) -> Self {
        Self::Fault(Box::new(malformed))
    }
}

impl From<Undecided> for StoreError {
    fn from(undecided: Undecided) -> Self {
        match undecided {
            Undecided::Contradiction => Self::Fault(Box::new(undecided)),
            Undecided::InDoubt => Self::Unavailable(Box::new(undecided)),
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
