//! Every way in which a request is not answered with 200: a code, and the data of the case.
//!
//! `code` and status are the contract. The cause of a 500 or 503 stays inside, for the log; the text for a person is
//! made in [`crate::message`], at the very end.

use crate::body::Field;
use payments_domain::{Constraint, Refusal};
use payments_store::StoreError;
use std::fmt;

/// Why a request is not answered with 200.
#[derive(Debug)]
pub enum Error {
    /// No endpoint has this path.
    NoRoute,
    /// The path's endpoint takes another method.
    MethodNotAllowed {
        /// The method that it takes.
        allow: &'static str,
    },
    /// The decoded body is over [`Error::BODY_LIMIT`].
    PayloadTooLarge,
    /// The key is missing, malformed or wrong.
    Unauthorized,
    /// The body is said to be something other than JSON.
    UnsupportedMediaType,
    /// The request breaks a rule.
    Invalid(Invalid),
    /// The payment does not allow it.
    Refused(Refusal),
    /// The store is slow, throttled or down; the outcome is unknown.
    Unavailable(StoreError),
    /// A fault that waiting will not mend.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    /// The body breaks off, or its transfer encoding is broken.
    Incomplete,
    /// The body has bytes that are not UTF-8.
    NotUtf8,
    /// The body is not one JSON object.
    NotOneJsonObject,
    /// A field breaks a rule.
    Field(Field, Constraint),
}

impl Error {
    /// The largest body, in bytes, after base64 is decoded.
    pub const BODY_LIMIT: usize = 16_384;

    /// The code that integrators program against.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoRoute | Self::Refused(Refusal::NotFound) => "NOT_FOUND",
            Self::MethodNotAllowed { .. } => "METHOD_NOT_ALLOWED",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::Invalid(_) => "INVALID_REQUEST",
            Self::Refused(Refusal::AmountMismatch) => "AMOUNT_MISMATCH",
            Self::Refused(Refusal::AlreadyCanceled) => "ALREADY_CANCELED",
            Self::Refused(Refusal::NotApproved) => "NOT_APPROVED",
            Self::Refused(Refusal::PartialMismatch) => "PARTIAL_MISMATCH",
            Self::Unavailable(_) => "SERVICE_UNAVAILABLE",
            Self::Internal(_) => "INTERNAL_ERROR",
        }
    }

    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Invalid(_) => 400,
            Self::Unauthorized => 401,
            Self::NoRoute | Self::Refused(Refusal::NotFound) => 404,
            Self::MethodNotAllowed { .. } => 405,
            Self::Refused(Refusal::AmountMismatch | Refusal::PartialMismatch) => 409,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::Refused(Refusal::AlreadyCanceled | Refusal::NotApproved) => 422,
            Self::Internal(_) => 500,
            Self::Unavailable(_) => 503,
        }
    }

    /// The header that only this error has.
    pub(crate) const fn header(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::MethodNotAllowed { allow } => Some(("allow", allow)),
            Self::Unauthorized => Some(("www-authenticate", r#"Basic realm="payments", charset="UTF-8""#)),
            Self::Unavailable(_) => Some(("retry-after", "1")),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unavailable(cause) => Some(cause),
            Self::Internal(cause) => Some(cause.as_ref()),
            _ => None,
        }
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Unavailable(error),
            StoreError::Fault(_) => Self::Internal(Box::new(error)),
        }
    }
}
