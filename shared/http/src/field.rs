//! The names that fields have in JSON and in paths.

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
