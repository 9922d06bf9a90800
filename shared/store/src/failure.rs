//! What a failed call means: worth repeating, or not.

use crate::item::{Item, Malformed};
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use payments_domain::Contradiction;
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

impl From<Malformed> for StoreError {
    fn from(malformed: Malformed) -> Self {
        Self::Fault(Box::new(malformed))
    }
}

impl From<Contradiction> for StoreError {
    fn from(contradiction: Contradiction) -> Self {
        Self::Fault(Box::new(contradiction))
    }
}

/// Why a write was not made, or is not known to have been made.
pub(crate) enum WriteFailure {
    /// The condition did not hold. The item as it was then, if there was one.
    ConditionFailed(Option<Item>),
    /// The call failed.
    Failed(StoreError),
}

/// An error of one of the two conditional writes.
pub(crate) trait WriteError: ProvideErrorMetadata + Error + Send + Sync + Sized + 'static {
    /// The item that came back with a failed condition; the error itself if it is another one.
    fn condition_failed(self) -> Result<Option<Item>, Self>;
}

impl WriteError for PutItemError {
    fn condition_failed(self) -> Result<Option<Item>, Self> {
        match self {
            Self::ConditionalCheckFailedException(failed) => Ok(failed.item),
            other => Err(other),
        }
    }
}

impl WriteError for UpdateItemError {
    fn condition_failed(self) -> Result<Option<Item>, Self> {
        match self {
            Self::ConditionalCheckFailedException(failed) => Ok(failed.item),
            other => Err(other),
        }
    }
}

impl WriteFailure {
    /// What a failed call means after `sent` requests.
    ///
    /// An error of the connection tells whether the write was made only if nothing was sent: then no attempt got as far
    /// as the wire, because credentials or a usable endpoint are missing, and waiting will not mend that. After anything
    /// was sent, an answer that is no HTTP may have followed a write that was made.
    pub(crate) fn new<E: WriteError>(error: SdkError<E, HttpResponse>, sent: u32) -> Self {
        let failed = match error {
            SdkError::ServiceError(context) => {
                let status = context.raw().status().as_u16();
                match context.into_err().condition_failed() {
                    Ok(item) => return Self::ConditionFailed(item),
                    Err(error) if worth_repeating(status, error.code()) => StoreError::Unavailable(Box::new(error)),
                    Err(error) => StoreError::Fault(Box::new(error)),
                }
            }
            // Nothing was sent, and nothing will be: a setting is missing or cannot be signed with.
            SdkError::ConstructionFailure(_) => StoreError::Fault(Box::new(error)),
            SdkError::DispatchFailure(_) if sent == 0 => StoreError::Fault(Box::new(error)),
            other => StoreError::Unavailable(Box::new(other)),
        };
        Self::Failed(failed)
    }
}

/// DynamoDB's own words for "later": its errors with a 5xx status, throttling, a conflict with another write,
/// and a request that it did not get in time.
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
    status >= 500 || status == 429 || status == 408 || code.is_some_and(|code| LATER.contains(&code))
}
