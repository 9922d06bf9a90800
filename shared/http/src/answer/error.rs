//! Every error that a client can get.
//!
//! Status and code are the contract, and clients program against them. The message is for people ([`crate::answer::message`]): it
//! names the field, but never quotes the request. A 4xx is the client's to fix, and a 500 is the operator's; in both cases this request
//! wrote nothing. If the change may have been made, or a read failed for now, the answer is 503, which asks the client to repeat the
//! request. The cause of a 500 or 503 is only for the log.

use crate::request::RequestError;
use lambda_http::http::header::{ALLOW, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use lambda_http::http::{HeaderValue, StatusCode};
use payments_domain::Refusal;
use payments_store::StoreError;
use std::error::Error;

/// Why a request does not get a 200.
#[derive(Debug)]
pub enum ApiError {
    /// The request itself is wrong.
    Request(RequestError),
    /// The payment does not allow it.
    Refused(Refusal),
    /// The outcome is unknown, and a repeat of the request gets a definite answer: the store is slow, throttled or down, or the
    /// service failed after the write may have been made.
    Unavailable(Box<dyn Error + Send + Sync>),
    /// A read failed, and a repeat of the request can succeed. Nothing was written.
    ReadUnavailable(Box<dyn Error + Send + Sync>),
    /// A failure that repeating cannot fix. Nothing was written.
    Internal(Box<dyn Error + Send + Sync>),
}

/// The parts of an error's answer.
pub(crate) struct Row<'a> {
    pub(crate) status: StatusCode,
    /// The stable code for clients.
    pub(crate) code: &'static str,
    /// The header that only this error has.
    pub(crate) header: Option<(HeaderName, HeaderValue)>,
    /// The cause, which is logged as an error. `None` if the request is at fault.
    pub(crate) cause: Option<&'a (dyn Error + 'static)>,
}

impl<'a> Row<'a> {
    const fn new(status: StatusCode, code: &'static str) -> Self {
        Self { status, code, header: None, cause: None }
    }

    fn header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    fn cause(self, cause: &'a (dyn Error + 'static)) -> Self {
        Self { cause: Some(cause), ..self }
    }
}

impl ApiError {
    /// The one table of errors: a row for each.
    pub(crate) fn row(&self) -> Row<'_> {
        let challenge = HeaderValue::from_static(r#"Basic realm="payments", charset="UTF-8""#);
        let one_second = HeaderValue::from_static("1");
        match self {
            Self::Request(RequestError::NoRoute) => Row::new(StatusCode::NOT_FOUND, "NOT_FOUND"),
            Self::Request(RequestError::MethodNotAllowed { allow }) => {
                let row = Row::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED");
                match HeaderValue::from_str(allow) {
                    Ok(allow) => row.header(ALLOW, allow),
                    Err(_) => row,
                }
            }
            Self::Request(RequestError::PayloadTooLarge) => {
                Row::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE")
            }
            Self::Request(RequestError::Unauthorized) => {
                Row::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED").header(WWW_AUTHENTICATE, challenge)
            }
            Self::Request(RequestError::UnsupportedMediaType) => {
                Row::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE")
            }
            Self::Request(RequestError::Body(_) | RequestError::Field(..)) => {
                Row::new(StatusCode::BAD_REQUEST, "INVALID_REQUEST")
            }
            Self::Refused(Refusal::NotFound) => Row::new(StatusCode::NOT_FOUND, "NOT_FOUND"),
            Self::Refused(Refusal::AmountMismatch) => Row::new(StatusCode::CONFLICT, "AMOUNT_MISMATCH"),
            Self::Refused(Refusal::AlreadyCanceled) => Row::new(StatusCode::UNPROCESSABLE_ENTITY, "ALREADY_CANCELED"),
            Self::Refused(Refusal::NotApproved) => Row::new(StatusCode::UNPROCESSABLE_ENTITY, "NOT_APPROVED"),
            Self::Refused(Refusal::PartialMismatch) => Row::new(StatusCode::CONFLICT, "PARTIAL_MISMATCH"),
            Self::Unavailable(cause) | Self::ReadUnavailable(cause) => {
                Row::new(StatusCode::SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE")
                    .header(RETRY_AFTER, one_second)
                    .cause(cause.as_ref())
            }
            Self::Internal(cause) => {
                Row::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR").cause(cause.as_ref())
            }
        }
    }

    pub(crate) fn internal(cause: impl Error + Send + Sync + 'static) -> Self {
        Self::Internal(Box::new(cause))
    }

    /// The meaning of the error if the change may have been made. [`Self::Internal`] would say that it was not.
    pub(crate) fn after_a_write(self) -> Self {
        match self {
            Self::Internal(cause) => Self::Unavailable(cause),
            other => other,
        }
    }

    /// The meaning of a failed read.
    pub(crate) fn of_a_read(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::ReadUnavailable(Box::new(error)),
            StoreError::Fault(_) => Self::internal(error),
        }
    }
}

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

/// The meaning of a failed write.
impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Unavailable(Box::new(error)),
            StoreError::Fault(_) => Self::internal(error),
        }
    }
}

/// The cause of a 500 or 503 after a panic. The location of the panic has a log line of its own.
#[derive(Debug, thiserror::Error)]
#[error("a panic; the log line before has its location")]
pub(crate) struct Panicked;

/// The cause of a 500 for an invocation without an id.
#[derive(Debug, thiserror::Error)]
#[error("the invocation has no request id to stamp its write with")]
pub(crate) struct NoRequestId;
