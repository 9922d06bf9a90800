//! The item: how a payment lies in the table. Flat, of native types, with a schema version, so that it can be read in a
//! console and by any other program. What cannot be understood is an error, never a guess.

use aws_sdk_dynamodb::types::AttributeValue;
use payments_domain::{
    Amount, Approval, CancelReason, Cancellation, Method, OrderId, Payment, PaymentKey, RequestId, Stamp, State,
    Status, Terms, Timestamp,
};
use std::collections::HashMap;
use std::fmt;

pub(crate) const PAYMENT_KEY: &str = "paymentKey";
pub(crate) const SCHEMA_VERSION: &str = "schemaVersion";
pub(crate) const STATUS: &str = "status";
pub(crate) const ORDER_ID: &str = "orderId";
pub(crate) const AMOUNT: &str = "amount";
pub(crate) const CREATED_AT: &str = "createdAt";
pub(crate) const CREATED_BY: &str = "createdBy";
pub(crate) const METHOD: &str = "method";
pub(crate) const APPROVED_AT: &str = "approvedAt";
pub(crate) const APPROVED_BY: &str = "approvedBy";
pub(crate) const CANCEL_REASON: &str = "cancelReason";
pub(crate) const CANCEL_AMOUNT: &str = "cancelAmount";
pub(crate) const CANCELED_AT: &str = "canceledAt";
pub(crate) const CANCELED_BY: &str = "canceledBy";

/// The layout that this version writes and reads. A reader of a later layout is rolled out before its first writer.
pub(crate) const VERSION: &str = "1";

/// What an attribute holds, as far as a condition can tell.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Holds {
    /// A string.
    Text,
    /// A number.
    Number,
    /// One of the methods that this version knows.
    Method,
}

/// The attributes that a payment has gained on arriving in a state.
pub(crate) const fn gained(status: Status) -> &'static [(&'static str, Holds)] {
    use Holds::{Number, Text};
    match status {
        Status::Initiated => &[(ORDER_ID, Text), (AMOUNT, Number), (CREATED_AT, Text), (CREATED_BY, Text)],
        Status::Approved => &[(METHOD, Holds::Method), (APPROVED_AT, Text), (APPROVED_BY, Text)],
        Status::Canceled => &[(CANCEL_REASON, Text), (CANCEL_AMOUNT, Number), (CANCELED_AT, Text), (CANCELED_BY, Text)],
    }
}

/// An item as DynamoDB returns it.
pub type Item = HashMap<String, AttributeValue>;
pub(crate) type Attributes = Vec<(&'static str, AttributeValue)>;

/// An item that cannot be understood: which attribute, and what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed {
    /// The attribute.
    pub attribute: &'static str,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the stored item cannot be understood: {} {}", self.attribute, self.problem)
    }
}

impl std::error::Error for Malformed {}

fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn n(amount: Amount) -> AttributeValue {
    AttributeValue::N(amount.krw().to_string())
}

/// The key of a payment's item.
pub(crate) fn key(key: &PaymentKey) -> (&'static str, AttributeValue) {
    (PAYMENT_KEY, s(key.as_str()))
}

/// What a guard compares a payment's terms with.
pub(crate) fn terms(terms: &Terms) -> Attributes {
    vec![(ORDER_ID, s(terms.order_id.as_str())), amount(terms.amount)]
}

/// What a guard compares a payment's amount with.
pub(crate) fn amount(amount: Amount) -> (&'static str, AttributeValue) {
    (AMOUNT, n(amount))
}

/// What a guard compares a payment's state with.
pub(crate) fn status(status: Status) -> (&'static str, AttributeValue) {
    (STATUS, s(status.as_str()))
}

/// How a payment was approved.
pub(crate) fn method(method: Method) -> (&'static str, AttributeValue) {
    (METHOD, s(method.as_str()))
}

/// The layout of an item.
pub(crate) fn version() -> (&'static str, AttributeValue) {
    (SCHEMA_VERSION, AttributeValue::N(VERSION.to_owned()))
}

/// What approving a payment sets.
pub(crate) fn approval(approval: &Approval) -> Attributes {
    vec![
        status(Status::Approved),
        method(approval.method),
        (APPROVED_AT, s(approval.stamp.at.to_string())),
        (APPROVED_BY, s(approval.stamp.by.as_str())),
    ]
}

/// What canceling a payment sets.
pub(crate) fn cancellation(cancellation: &Cancellation) -> Attributes {
    vec![
        status(Status::Canceled),
        (CANCEL_REASON, s(cancellation.reason.as_str())),
        (CANCEL_AMOUNT, n(cancellation.amount)),
        (CANCELED_AT, s(cancellation.stamp.at.to_string())),
        (CANCELED_BY, s(cancellation.stamp.by.as_str())),
    ]
}

/// The item of a payment.
pub(crate) fn encode(payment: &Payment) -> Item {
    let mut attributes = vec![key(&payment.key), version()];
    attributes.extend(terms(&payment.terms));
    attributes.push((CREATED_AT, s(payment.created.at.to_string())));
    attributes.push((CREATED_BY, s(payment.created.by.as_str())));
    attributes.push(status(payment.status()));
    // The later of two settings of `status` stands, and it is the same one.
    attributes.extend(payment.approval().map(approval).unwrap_or_default());
    attributes.extend(payment.cancellation().map(cancellation).unwrap_or_default());
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The payment of an item.
///
/// # Errors
/// The first attribute that is missing, of another type, or against its rule; a later layout; a state that is not known.
pub fn decode(item: &Item) -> Result<Payment, Malformed> {
    let read = Reader(item);
    if read.number(SCHEMA_VERSION)? != VERSION {
        return Err(Malformed { attribute: SCHEMA_VERSION, problem: "is of a layout that this version does not read" });
    }
    let status = read.text(STATUS, Status::parse)?;
    let created = read.stamp(CREATED_AT, CREATED_BY)?;
    let payment = Payment {
        key: read.text(PAYMENT_KEY, |text| PaymentKey::parse(text).ok())?,
        terms: Terms { order_id: read.text(ORDER_ID, |text| OrderId::parse(text).ok())?, amount: read.amount(AMOUNT)? },
        created,
        state: match status {
            Status::Initiated => State::Initiated,
            Status::Approved => State::Approved(read.approval()?),
            Status::Canceled => State::Canceled(read.approval()?, read.cancellation()?),
        },
    };
    let mut later = status.next();
    while let Some(state) = later {
        for (attribute, _) in gained(state) {
            read.absent(attribute)?;
        }
        later = state.next();
    }
    Ok(payment)
}

struct Reader<'a>(&'a Item);

impl Reader<'_> {
    fn value(&self, attribute: &'static str) -> Result<&AttributeValue, Malformed> {
        self.0.get(attribute).ok_or(Malformed { attribute, problem: "is missing" })
    }

    fn text<T>(&self, attribute: &'static str, parse: impl Fn(&str) -> Option<T>) -> Result<T, Malformed> {
        let text = self.value(attribute)?.as_s().map_err(|_| Malformed { attribute, problem: "is not a string" })?;
        parse(text).ok_or(Malformed { attribute, problem: "is against its rule" })
    }

    fn number(&self, attribute: &'static str) -> Result<&str, Malformed> {
        let digits = self.value(attribute)?.as_n().map_err(|_| Malformed { attribute, problem: "is not a number" })?;
        Ok(digits)
    }

    fn amount(&self, attribute: &'static str) -> Result<Amount, Malformed> {
        let krw = self.number(attribute)?.parse().ok();
        krw.and_then(|krw| Amount::parse(krw).ok()).ok_or(Malformed { attribute, problem: "is against its rule" })
    }

    fn stamp(&self, at: &'static str, by: &'static str) -> Result<Stamp, Malformed> {
        Ok(Stamp { at: self.text(at, Timestamp::parse)?, by: self.text(by, |text| RequestId::parse(text))? })
    }

    fn approval(&self) -> Result<Approval, Malformed> {
        Ok(Approval { method: self.text(METHOD, Method::parse)?, stamp: self.stamp(APPROVED_AT, APPROVED_BY)? })
    }

    fn cancellation(&self) -> Result<Cancellation, Malformed> {
        Ok(Cancellation {
            reason: self.text(CANCEL_REASON, |text| CancelReason::parse(text).ok())?,
            amount: self.amount(CANCEL_AMOUNT)?,
            stamp: self.stamp(CANCELED_AT, CANCELED_BY)?,
        })
    }

    fn absent(&self, attribute: &'static str) -> Result<(), Malformed> {
        if self.0.contains_key(attribute) {
            return Err(Malformed { attribute, problem: "is ahead of the state" });
        }
        Ok(())
    }
}
