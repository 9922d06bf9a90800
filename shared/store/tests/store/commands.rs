//! The commands of the tests, by their values.

use payments_domain::{
    Amount, Cancel, CancelReason, Confirm, Create, OrderId, PaymentKey, RequestId, Stamp, Terms, Timestamp,
};

pub(crate) fn stamp(by: &str) -> Stamp {
    Stamp::new(Timestamp::from_unix(1_704_112_496).unwrap(), &RequestId::parse(by).unwrap())
}

fn terms(order: &str, amount: u64) -> Terms {
    Terms { order_id: OrderId::parse(order).unwrap(), amount: Amount::parse(amount).unwrap() }
}

pub(crate) fn create(key: &str, order: &str, amount: u64) -> Create {
    Create { key: PaymentKey::parse(key).unwrap(), terms: terms(order, amount) }
}

pub(crate) fn confirm(key: &str, order: &str, amount: u64) -> Confirm {
    Confirm { key: PaymentKey::parse(key).unwrap(), terms: terms(order, amount) }
}

pub(crate) fn cancel(key: &str, amount: u64) -> Cancel {
    let reason = CancelReason::parse("USER_REQUEST").unwrap();
    Cancel { key: PaymentKey::parse(key).unwrap(), reason, amount: Amount::parse(amount).unwrap() }
}
