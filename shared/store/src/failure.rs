//! What a failed call means: whether it is worth repeating, and whether the write may have been made.

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
    /// DynamoDB is slow, throttling or down. Whether the write was made is unknown; repeating the command settles it.
    #[error("the store is unavailable")]
    Unavailable(#[source] Cause),
    /// Waiting will not mend it: no permission, no table, an item that cannot be understood.
    #[error("the store is at fault")]
    Fault(#[source] Cause),
}

impl StoreError {
    /// What a failed call means after `sent` requests.
    ///
    /// An error of the connection tells whether a write was made only if nothing was sent: then no attempt got as far as
    /// the wire, because credentials or a usable endpoint are missing, and waiting will not mend that. After anything was
    /// sent, the write may have been made, even if what came back is no HTTP.
    pub(crate) fn of<E>(error: SdkError<E, HttpResponse>, sent: u32) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        match error {
            SdkError::ServiceError(context) => {
                let later = worth_repeating(context.raw().status().as_u16(), context.err().code());
                let cause = Box::new(context.into_err());
                if later { Self::Unavailable(cause) } else { Self::Fault(cause) }
            }
            SdkError::ConstructionFailure(_) | SdkError::DispatchFailure(_) if sent == 0 => {
                Self::Fault(Box::new(error))
            }
            other => Self::Unavailable(Box::new(other)),
        }
    }
}

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

/// Why a write was not made, or is not known to have been made.
pub(crate) enum WriteFailure {
    /// The condition did not hold. The item as it was then, if there was one.
    ConditionFailed(Option<Item>),
    /// The call failed.
    Failed(StoreError),
}

impl WriteFailure {
    /// What a failed write means after `sent` requests.
    pub(crate) fn of<E: WriteError>(error: SdkError<E, HttpResponse>, sent: u32) -> Self {
        match error {
            SdkError::ServiceError(context) if context.err().is_failed_condition() => {
                Self::ConditionFailed(context.into_err().item())
            }
            other => Self::Failed(StoreError::of(other, sent)),
        }
    }
}

/// An error of one of the two conditional writes.
pub(crate) trait WriteError: ProvideErrorMetadata + Error + Send + Sync + 'static {
    /// Whether the condition did not hold.
    fn is_failed_condition(&self) -> bool;

    /// The item that came back because the condition did not hold.
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

/// Whether a failed call may succeed later. Only a 4xx status says that the write was not made, so every other one leaves it
/// unknown: a 5xx, and a 200 whose body cannot be read. Of the 4xx, these pass: throttling, a conflict with another write, and
/// a request that DynamoDB did not get in time.
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
    !(400..500).contains(&status) || status == 429 || status == 408 || code.is_some_and(|code| LATER.contains(&code))
}
