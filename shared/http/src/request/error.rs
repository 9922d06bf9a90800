//! What can be wrong with a request, before anything is known about its payment.

use crate::request::field::{Field, FieldError};

/// Why a request is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestError {
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
    /// The body cannot be read.
    Body(BodyError),
    /// A field is wrong.
    Field(Field, FieldError),
}

/// Why a body cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    /// It breaks off, or its transfer encoding is broken.
    Incomplete,
    /// It has bytes that are not UTF-8.
    NotUtf8,
    /// It is UTF-16 or UTF-32.
    Utf16,
    /// It begins with a byte order mark.
    ByteOrderMark,
    /// It is compressed.
    Compressed,
    /// It is not one JSON object.
    NotOneJsonObject,
}
