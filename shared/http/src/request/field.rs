//! The fields that a client sends: the names that they have in JSON and in paths, and what can be wrong with one.

use payments_domain::Constraint;

/// A field that a client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The key of a payment, made by the merchant. It is also the idempotency key.
    PaymentKey,
    /// The merchant's order number.
    OrderId,
    /// The amount to pay, in KRW.
    Amount,
    /// Why the payment is canceled.
    CancelReason,
    /// How much is canceled, in KRW: always the whole amount.
    CancelAmount,
}

impl Field {
    /// The spelling in requests and in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PaymentKey => "paymentKey",
            Self::OrderId => "orderId",
            Self::Amount => "amount",
            Self::CancelReason => "cancelReason",
            Self::CancelAmount => "cancelAmount",
        }
    }
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldError {
    /// It is missing.
    Missing,
    /// It appears more than once.
    Repeated,
    /// Its value must be a string.
    NotAString,
    /// Its value does not meet a constraint.
    Broken(Constraint),
}
