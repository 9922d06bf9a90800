//! Every error that a client can get.
//!
//! Status and code are the contract, and clients program against them. The message is for people ([`crate::message`]): it names
//! the field, but never quotes the request. A 4xx is the client's to fix, and a 500 is the operator's; in both cases this request
//! wrote nothing. If the change may have been made, the answer is 503, which asks the client to repeat the request. The cause of a
//! 500 or 503 is only for the log.

use crate::field::Field;
use lambda_http::http::header::{ALLOW, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use lambda_http::http::{HeaderValue, StatusCode};
use payments_domain::{Constraint, Refusal};
use payments_store::StoreError;
use std::error::Error;
use std::fmt::{self, Write};

/// Why a request does not get a 200.
#[derive(Debug)]
pub enum ApiError {
    /// No endpoint has this path.
    NoRoute,
    /// No endpoint at this path has this method.
    MethodNotAllowed {
        /// The methods of this path, separated by commas.
        allow: String,
    },
    /// The decoded body is over the limit of 16,384 bytes.
    PayloadTooLarge,
    /// The secret key is missing, malformed or wrong.
    Unauthorized,
    /// The media type is not JSON.
    UnsupportedMediaType,
    /// The request does not meet a constraint.
    Invalid(Invalid),
    /// The payment does not allow it.
    Refused(Refusal),
    /// The outcome is unknown, and a repeat of the request gets a definite answer: the store is slow, throttled or down, or the
    /// service failed after the write may have been made.
    Unavailable(Box<dyn Error + Send + Sync>),
    /// A failure that repeating cannot fix. Nothing was written.
    Internal(Box<dyn Error + Send + Sync>),
}

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    /// The body breaks off, or its transfer encoding is broken.
    Incomplete,
    /// The body has bytes that are not UTF-8.
    NotUtf8,
    /// The body is UTF-16 or UTF-32.
    Utf16,
    /// The body begins with a byte order mark.
    ByteOrderMark,
    /// The body is compressed.
    Compressed,
    /// The body is not one JSON object.
    NotOneJsonObject,
    /// A field does not meet a constraint.
    Field(Field, Constraint),
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
            Self::NoRoute => Row::new(StatusCode::NOT_FOUND, "NOT_FOUND"),
            Self::MethodNotAllowed { allow } => {
                let row = Row::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED");
                match HeaderValue::from_str(allow) {
                    Ok(allow) => row.header(ALLOW, allow),
                    Err(_) => row,
                }
            }
            Self::PayloadTooLarge => Row::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE"),
            Self::Unauthorized => {
                Row::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED").header(WWW_AUTHENTICATE, challenge)
            }
            Self::UnsupportedMediaType => Row::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE"),
            Self::Invalid(_) => Row::new(StatusCode::BAD_REQUEST, "INVALID_REQUEST"),
            Self::Refused(Refusal::NotFound) => Row::new(StatusCode::NOT_FOUND, "NOT_FOUND"),
            Self::Refused(Refusal::AmountMismatch) => Row::new(StatusCode::CONFLICT, "AMOUNT_MISMATCH"),
            Self::Refused(Refusal::AlreadyCanceled) => Row::new(StatusCode::UNPROCESSABLE_ENTITY, "ALREADY_CANCELED"),
            Self::Refused(Refusal::NotApproved) => Row::new(StatusCode::UNPROCESSABLE_ENTITY, "NOT_APPROVED"),
            Self::Refused(Refusal::PartialMismatch) => Row::new(StatusCode::CONFLICT, "PARTIAL_MISMATCH"),
            Self::Unavailable(cause) => Row::new(StatusCode::SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE")
                .header(RETRY_AFTER, one_second)
                .cause(cause.as_ref()),
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
}

impl From<Invalid> for ApiError {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

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

/// An error with all its causes, on one line. Control characters are escaped: a library's error may quote a byte that came over
/// the network.
pub(crate) struct Causes<'a>(pub(crate) &'a (dyn Error + 'static));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = self.0.to_string();
        let mut cause = self.0.source();
        while let Some(error) = cause {
            line.push_str(": ");
            line.push_str(&error.to_string());
            cause = error.source();
        }
        for c in line.chars() {
            if c.is_control() { write!(f, "{}", c.escape_default())? } else { f.write_char(c)? }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("unexpected token {0}")]
    struct Unexpected(char, #[source] fmt::Error);

    #[test]
    fn an_error_and_its_causes_are_one_line() {
        let told = |token| Causes(&Unexpected(token, fmt::Error)).to_string();
        let cause = "an error occurred when formatting an argument";
        assert_eq!(told('é'), format!("unexpected token é: {cause}"));
        assert_eq!(told('\n'), format!("unexpected token \\n: {cause}"));
        for token in ['\0', '\r', '\t', '\u{1b}', '\u{85}'] {
            assert!(!told(token).contains(char::is_control), "{token:?}");
        }
    }
}
