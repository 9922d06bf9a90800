//! The domain's commands and stamps, by their values.

use payments_domain::{
    Amount, Cancel, CancelReason, Confirm, Create, OrderId, PaymentKey, RequestId, Stamp, Terms, Timestamp,
};

pub fn create(key: &str, order: &str, amount: u64) -> Create {
    Create { key: payment_key(key), terms: terms(order, amount) }
}

pub fn confirm(key: &str, order: &str, amount: u64) -> Confirm {
    Confirm { key: payment_key(key), terms: terms(order, amount) }
}

pub fn cancel(key: &str, amount: u64) -> Cancel {
    let reason = CancelReason::parse("USER_REQUEST").expect("a reason");
    Cancel { key: payment_key(key), reason, amount: Amount::parse(amount).expect("an amount") }
}

/// The stamp of a request, at 2024-01-01T12:34:56Z.
pub fn stamp(by: &str) -> Stamp {
    stamp_at(1_704_112_496, by)
}

/// The stamp of a request, at this time in seconds.
pub fn stamp_at(seconds: i64, by: &str) -> Stamp {
    Stamp::new(Timestamp::from_unix(seconds).expect("a time"), &RequestId::parse(by).expect("an id"))
}

fn payment_key(key: &str) -> PaymentKey {
    PaymentKey::parse(key).expect("a payment key")
}

fn terms(order: &str, amount: u64) -> Terms {
    Terms { order_id: OrderId::parse(order).expect("an order"), amount: Amount::parse(amount).expect("an amount") }
}
