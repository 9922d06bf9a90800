//! The one place where an error becomes text for a person. A text holds rules and field names, never a value that was
//! sent, and nothing of the inside.

use crate::error::{Error, Invalid};
use payments_domain::{Constraint, Refusal};

/// The text of an error, in English.
pub(crate) fn text(error: &Error) -> String {
    match error {
        Error::NoRoute => "There is nothing at this path.".to_owned(),
        Error::MethodNotAllowed { allow } => format!("Use {allow} here."),
        Error::PayloadTooLarge => format!("The body must not be over {} bytes.", Error::BODY_LIMIT),
        Error::Unauthorized => {
            "Send the header Authorization: Basic base64(\"<secret-key>:\") with a valid key.".to_owned()
        }
        Error::UnsupportedMediaType => "Content-Type must be application/json.".to_owned(),
        Error::Invalid(Invalid::Incomplete) => "The body could not be read to its end.".to_owned(),
        Error::Invalid(Invalid::NotUtf8) => "The body must be UTF-8.".to_owned(),
        Error::Invalid(Invalid::NotOneJsonObject) => "The body must be one JSON object.".to_owned(),
        Error::Invalid(Invalid::Field(field, broken)) => format!("{} {}.", field.name(), rule(*broken)),
        Error::Refused(Refusal::NotFound) => "There is no payment with this paymentKey.".to_owned(),
        Error::Refused(Refusal::AmountMismatch) => "orderId or amount is not the payment's.".to_owned(),
        Error::Refused(Refusal::AlreadyCanceled) => "The payment is canceled.".to_owned(),
        Error::Refused(Refusal::NotApproved) => "The payment is not approved.".to_owned(),
        Error::Refused(Refusal::PartialMismatch) => {
            "cancelAmount is not the payment's amount; partial cancels are not supported.".to_owned()
        }
        Error::Unavailable(_) => "The outcome is unknown. Repeat the same request.".to_owned(),
        Error::Internal(_) => "Something is wrong on our side.".to_owned(),
    }
}

fn rule(broken: Constraint) -> String {
    match broken {
        Constraint::Required => "is required".to_owned(),
        Constraint::Once => "must not stand twice".to_owned(),
        Constraint::Text => "must be a string".to_owned(),
        Constraint::Integer { min, max } => {
            format!("must be an integer from {min} to {max}, written without fraction or exponent")
        }
        Constraint::Length { min, max } => format!("must have {min} to {max} characters"),
        Constraint::Unreserved => "must hold only A-Z a-z 0-9 - . _ ~".to_owned(),
        Constraint::NotDots => "must not be . or ..".to_owned(),
        Constraint::NotBlank => "must not be blank".to_owned(),
        Constraint::NoControl => "must not hold control characters".to_owned(),
    }
}
