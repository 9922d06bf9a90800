//! The text of each error, for people. A text has constraints and field names, but never a value from the request, and nothing
//! internal.

use crate::call::BODY_LIMIT;
use crate::error::{ApiError, Invalid};
use payments_domain::{Constraint, Refusal};

/// The text of an error, in English.
pub(crate) fn text(error: &ApiError) -> String {
    match error {
        ApiError::NoRoute => "There is nothing at this path.".to_owned(),
        ApiError::MethodNotAllowed { allow } => format!("This path takes {allow}."),
        ApiError::PayloadTooLarge => format!("The body must not be over {BODY_LIMIT} bytes."),
        ApiError::Unauthorized => {
            "Send the header Authorization: Basic base64(\"<secret-key>:\") with a valid key.".to_owned()
        }
        ApiError::UnsupportedMediaType => "Content-Type must be application/json.".to_owned(),
        ApiError::Invalid(Invalid::Incomplete) => "The body could not be read to its end.".to_owned(),
        ApiError::Invalid(Invalid::NotUtf8) => "The body must be UTF-8.".to_owned(),
        ApiError::Invalid(Invalid::Utf16) => "The body must be UTF-8, not UTF-16 or UTF-32.".to_owned(),
        ApiError::Invalid(Invalid::ByteOrderMark) => "The body must not begin with a byte order mark.".to_owned(),
        ApiError::Invalid(Invalid::Compressed) => "The body must not be compressed (Content-Encoding).".to_owned(),
        ApiError::Invalid(Invalid::NotOneJsonObject) => "The body must be one JSON object.".to_owned(),
        ApiError::Invalid(Invalid::Field(field, broken)) => format!("{} {}.", field.name(), constraint(*broken)),
        ApiError::Refused(Refusal::NotFound) => "There is no payment with this paymentKey.".to_owned(),
        ApiError::Refused(Refusal::AmountMismatch) => "orderId or amount does not match the payment.".to_owned(),
        ApiError::Refused(Refusal::AlreadyCanceled) => "The payment is canceled.".to_owned(),
        ApiError::Refused(Refusal::NotApproved) => "The payment is not approved.".to_owned(),
        ApiError::Refused(Refusal::PartialMismatch) => {
            "cancelAmount does not match the payment's amount. Partial cancels are not supported.".to_owned()
        }
        ApiError::Unavailable(_) => "The outcome is unknown. Repeat the same request.".to_owned(),
        ApiError::Internal(_) => "Something is wrong on our side.".to_owned(),
    }
}

fn constraint(broken: Constraint) -> String {
    match broken {
        Constraint::Required => "is required".to_owned(),
        Constraint::Once => "must appear only once".to_owned(),
        Constraint::Text => "must be a string".to_owned(),
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
