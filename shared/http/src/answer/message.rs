//! The text of each error, for people. A text has constraints and field names, but never a value from the request, and nothing
//! internal.

use crate::answer::error::ApiError;
use crate::request::{BODY_LIMIT, BodyError, FieldError, RequestError};
use payments_domain::{Constraint, Refusal};

/// The text of an error, in English.
pub(crate) fn text(error: &ApiError) -> String {
    match error {
        ApiError::Request(error) => of_a_request(error),
        ApiError::Refused(Refusal::NotFound) => "There is no payment with this paymentKey.".to_owned(),
        ApiError::Refused(Refusal::AmountMismatch) => "orderId or amount does not match the payment.".to_owned(),
        ApiError::Refused(Refusal::AlreadyCanceled) => "The payment is canceled.".to_owned(),
        ApiError::Refused(Refusal::NotApproved) => "The payment is not approved.".to_owned(),
        ApiError::Refused(Refusal::PartialMismatch) => {
            "cancelAmount does not match the payment's amount. Partial cancels are not supported.".to_owned()
        }
        ApiError::Unavailable(_) => "The outcome is unknown. Repeat the same request.".to_owned(),
        ApiError::ReadUnavailable(_) => "Reading failed, and nothing was changed. Repeat the request.".to_owned(),
        ApiError::Internal(_) => "Something is wrong on our side.".to_owned(),
    }
}

fn of_a_request(error: &RequestError) -> String {
    match error {
        RequestError::NoRoute => "There is nothing at this path.".to_owned(),
        RequestError::MethodNotAllowed { allow } => format!("This path takes {allow}."),
        RequestError::PayloadTooLarge => format!("The body must not be over {BODY_LIMIT} bytes."),
        RequestError::Unauthorized => {
            "Send the header Authorization: Basic base64(\"<secret-key>:\") with a valid key.".to_owned()
        }
        RequestError::UnsupportedMediaType => "Content-Type must be application/json.".to_owned(),
        RequestError::Body(BodyError::Incomplete) => "The body could not be read to its end.".to_owned(),
        RequestError::Body(BodyError::NotUtf8) => "The body must be UTF-8.".to_owned(),
        RequestError::Body(BodyError::Utf16) => "The body must be UTF-8, not UTF-16 or UTF-32.".to_owned(),
        RequestError::Body(BodyError::ByteOrderMark) => "The body must not begin with a byte order mark.".to_owned(),
        RequestError::Body(BodyError::Compressed) => "The body must not be compressed (Content-Encoding).".to_owned(),
        RequestError::Body(BodyError::NotOneJsonObject) => "The body must be one JSON object.".to_owned(),
        RequestError::Field(field, error) => format!("{} {}.", field.name(), field_error(*error)),
    }
}

fn field_error(error: FieldError) -> String {
    match error {
        FieldError::Missing => "is required".to_owned(),
        FieldError::Repeated => "must appear only once".to_owned(),
        FieldError::NotAString => "must be a string".to_owned(),
        FieldError::Broken(broken) => constraint(broken),
    }
}

fn constraint(broken: Constraint) -> String {
    match broken {
        Constraint::Integer { min, max } => {
            format!("must be an integer from {min} to {max}, written without fraction or exponent")
        }
        Constraint::Length { min, max } => format!("must have {min} to {max} characters"),
        Constraint::Unreserved => "may contain only A-Z a-z 0-9 - . _ ~".to_owned(),
        Constraint::NotDots => "must not be . or ..".to_owned(),
        Constraint::NotBlank => "must not be blank".to_owned(),
        Constraint::NoControl => "must not contain control characters".to_owned(),
    }
}
