//! What a failed call means: worth repeating, or not.

use crate::item::Item;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use std::error::Error;
use std::fmt;

type Cause = Box<dyn Error + Send + Sync>;

/// Why a command has no answer. The cause is for the log, never for a client.
#[derive(Debug)]
pub enum StoreError {
    /// DynamoDB is slow, throttling or down. Whether the write was made is unknown; the same command settles it.
    Unavailable(Cause),
    /// Waiting will not mend it: no permission, no table, an item that cannot be understood.
    Fault(Cause),
}

impl StoreError {
    pub(crate) fn fault(cause: impl Error + Send + Sync + 'static) -> Self {
        Self::Fault(Box::new(cause))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unavailable(_) => "the store is unavailable",
            Self::Fault(_) => "the store is at fault",
        })
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let (Self::Unavailable(cause) | Self::Fault(cause)) = self;
        Some(cause.as_ref())
    }
}

/// Why a write was not made, or is not known to have been.
pub(crate) enum Refused {
    /// The condition did not hold; the item as it was then, if there was one.
    Condition(Option<Item>),
    /// The call failed.
    Failed(StoreError),
}

/// An error of one of the two conditional writes.
pub(crate) trait WriteError: ProvideErrorMetadata + Error + Send + Sync + Sized + 'static {
    /// The item that came back with a refused condition; the error itself if it is another.
    fn condition_failed(self) -> Result<Option<Item>, Self>;
}

impl WriteError for PutItemError {
    fn condition_failed(self) -> Result<Option<Item>, Self> {
        match self {
            Self::ConditionalCheckFailedException(refused) => Ok(refused.item),
            other => Err(other),
        }
    }
}

impl WriteError for UpdateItemError {
    fn condition_failed(self) -> Result<Option<Item>, Self> {
        match self {
            Self::ConditionalCheckFailedException(refused) => Ok(refused.item),
            other => Err(other),
        }
    }
}

impl Refused {
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
                    Ok(item) => return Self::Condition(item),
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
