//! The item: a payment as stored in the table. It is flat and of native types, with a schema version, so that people can read it
//! in a console, and other programs can read it too.
//!
//! An item that cannot be read is an error, never a guess. Reading requires exactly what a condition can check
//! ([`crate::expression`] renders the same [`LAYOUT`]): which attributes exist, their types, and the values that every
//! condition compares. Otherwise a write could succeed on an item that no later request can read.

use aws_sdk_dynamodb::types::AttributeValue;
use payments_domain::{
    Amount, Approval, Cancellation, Change, Method, OrderId, Payment, PaymentKey, Stamp, State, Status, Terms,
};
use std::collections::HashMap;

/// The name of an attribute, and its placeholders in expressions. All of them are constants, because expressions are written for
/// every request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name {
    pub(crate) text: &'static str,
    /// The placeholder of the name. Every name has one, because `status` and others are reserved words.
    pub(crate) placeholder: &'static str,
    /// The placeholder of the value that a condition compares with.
    pub(crate) compared: &'static str,
    /// The placeholder of the value that an update writes.
    pub(crate) written: &'static str,
}

macro_rules! name {
    ($text:literal) => {
        Name {
            text: $text,
            placeholder: concat!("#", $text),
            compared: concat!(":", $text),
            written: concat!(":new_", $text),
        }
    };
}
#[cfg(test)]
pub(crate) use name;

pub(crate) const PAYMENT_KEY: Name = name!("paymentKey");
const SCHEMA_VERSION: Name = name!("schemaVersion");
const STATUS: Name = name!("status");
const ORDER_ID: Name = name!("orderId");
const AMOUNT: Name = name!("amount");
const CREATED_AT: Name = name!("createdAt");
const CREATED_BY: Name = name!("createdBy");
const METHOD: Name = name!("method");
const APPROVED_AT: Name = name!("approvedAt");
const APPROVED_BY: Name = name!("approvedBy");
const CANCEL_REASON: Name = name!("cancelReason");
const CANCEL_AMOUNT: Name = name!("cancelAmount");
const CANCELED_AT: Name = name!("canceledAt");
const CANCELED_BY: Name = name!("canceledBy");

/// The schema version that is written and read. It changes only when an attribute changes its meaning; a new attribute
/// is optional and needs no new version.
const VERSION: &str = "1";

/// The type of an attribute, as far as a condition can check it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A string.
    Text,
    /// A number.
    Number,
    /// The name of the only [`Method`].
    Method,
}

/// Whether every payment has an attribute of a state that it has reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Every such payment has it.
    Always,
    /// A payment that was stored before the attribute existed does not have it.
    Optional,
}

/// One attribute of an item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attribute {
    pub(crate) name: Name,
    pub(crate) kind: Kind,
    /// The states in which a payment has it. In every other state it must be absent.
    pub(crate) states: &'static [Status],
    pub(crate) presence: Presence,
}

/// The states of every payment.
pub(crate) const CREATED: &[Status] = &Status::ALL;
/// The states of a payment that was approved.
const APPROVED: &[Status] = &[Status::Approved, Status::Canceled];
/// The state of a payment that was canceled.
const CANCELED: &[Status] = &[Status::Canceled];

impl Attribute {
    const fn always(name: Name, kind: Kind, states: &'static [Status]) -> Self {
        Self { name, kind, states, presence: Presence::Always }
    }

    /// Whether a payment in a state has the attribute, if it is not optional.
    pub(crate) fn is_of(&self, status: Status) -> bool {
        self.states.contains(&status)
    }

    /// Whether a payment has the attribute in every state, if it is not optional.
    pub(crate) fn is_of_all(&self) -> bool {
        Status::ALL.into_iter().all(|status| self.is_of(status))
    }
}

/// The attributes of an item, apart from its key, its schema version and its status.
pub(crate) type Layout = [Attribute];

/// The layout of schema version 1.
pub(crate) const LAYOUT: &Layout = &[
    Attribute::always(ORDER_ID, Kind::Text, CREATED),
    Attribute::always(AMOUNT, Kind::Number, CREATED),
    Attribute::always(CREATED_AT, Kind::Text, CREATED),
    Attribute::always(CREATED_BY, Kind::Text, CREATED),
    Attribute::always(METHOD, Kind::Method, APPROVED),
    Attribute::always(APPROVED_AT, Kind::Text, APPROVED),
    Attribute::always(APPROVED_BY, Kind::Text, APPROVED),
    Attribute::always(CANCEL_REASON, Kind::Text, CANCELED),
    Attribute::always(CANCEL_AMOUNT, Kind::Number, CANCELED),
    Attribute::always(CANCELED_AT, Kind::Text, CANCELED),
    Attribute::always(CANCELED_BY, Kind::Text, CANCELED),
];

/// An item as DynamoDB returns it.
pub type Item = HashMap<String, AttributeValue>;
/// A name and a value to compare with or to write.
pub(crate) type Entry = (Name, AttributeValue);

/// An item that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored item cannot be read: {attribute} {problem}")]
pub struct Malformed {
    /// The attribute that is wrong.
    pub attribute: &'static str,
    /// What is wrong with it.
    pub problem: &'static str,
}

fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn n(amount: Amount) -> AttributeValue {
    AttributeValue::N(amount.krw().to_string())
}

/// The key of a payment's item.
pub(crate) fn key(key: &PaymentKey) -> Entry {
    (PAYMENT_KEY, s(key.as_str()))
}

/// The key in an item.
pub(crate) fn key_of(item: &Item) -> Result<PaymentKey, Malformed> {
    PaymentKey::parse(Reader(item).text(PAYMENT_KEY)?)
        .map_err(|_| Malformed { attribute: PAYMENT_KEY.text, problem: "is not a payment key" })
}

pub(crate) fn version() -> Entry {
    (SCHEMA_VERSION, AttributeValue::N(VERSION.to_owned()))
}

pub(crate) fn status(status: Status) -> Entry {
    (STATUS, s(status.as_str()))
}

pub(crate) fn terms(terms: &Terms) -> [Entry; 2] {
    [order_id(&terms.order_id), amount(terms.amount)]
}

pub(crate) fn order_id(order: &OrderId) -> Entry {
    (ORDER_ID, s(order.as_str()))
}

pub(crate) fn amount(amount: Amount) -> Entry {
    (AMOUNT, n(amount))
}

pub(crate) fn method(method: Method) -> AttributeValue {
    s(method.as_str())
}

/// What a change writes, apart from the key of a new item.
pub(crate) fn written(change: &Change) -> Vec<Entry> {
    match change {
        Change::Create(creation) => {
            let [order_id, amount] = terms(&creation.terms);
            let [at, by] = stamp(CREATED_AT, CREATED_BY, &creation.stamp);
            vec![version(), order_id, amount, at, by, status(Status::Initiated)]
        }
        Change::Approve(approval) => {
            let [at, by] = stamp(APPROVED_AT, APPROVED_BY, &approval.stamp);
            vec![status(Status::Approved), (METHOD, method(approval.method)), at, by]
        }
        Change::Cancel(cancellation) => {
            let [at, by] = stamp(CANCELED_AT, CANCELED_BY, &cancellation.stamp);
            let reason = (CANCEL_REASON, s(&*cancellation.reason));
            vec![status(Status::Canceled), reason, (CANCEL_AMOUNT, n(cancellation.amount)), at, by]
        }
    }
}

fn stamp(at: Name, by: Name, stamp: &Stamp) -> [Entry; 2] {
    [(at, s(stamp.at())), (by, s(stamp.by()))]
}

/// The stamp that an item has for a change of this kind. `None` if it has none, or none that can be read.
pub(crate) fn stamp_of(item: &Item, change: &Change) -> Option<Stamp> {
    let read = Reader(item);
    match change {
        Change::Create(_) => read.stamp(CREATED_AT, CREATED_BY),
        Change::Approve(_) => read.stamp(APPROVED_AT, APPROVED_BY),
        Change::Cancel(_) => read.stamp(CANCELED_AT, CANCELED_BY),
    }
    .ok()
}

/// The payment of an item.
///
/// # Errors
/// The first attribute that is missing, of another type, or of another state; another schema version; an unknown state.
pub fn decode(item: &Item) -> Result<Payment, Malformed> {
    decode_with(LAYOUT, item)
}

pub(crate) fn decode_with(layout: &Layout, item: &Item) -> Result<Payment, Malformed> {
    let read = Reader(item);
    if read.number(SCHEMA_VERSION)? != VERSION {
        return Err(Malformed {
            attribute: SCHEMA_VERSION.text,
            problem: "is of a schema that this version does not read",
        });
    }
    let status = Status::parse(read.text(STATUS)?)
        .ok_or(Malformed { attribute: STATUS.text, problem: "is a state that this version does not know" })?;
    for attribute in layout {
        read.check(attribute, status)?;
    }
    let approval = || Ok(Approval { method: read.method(METHOD)?, stamp: read.stamp(APPROVED_AT, APPROVED_BY)? });
    let cancellation = || {
        Ok(Cancellation {
            reason: read.text(CANCEL_REASON)?.to_owned(),
            amount: read.amount(CANCEL_AMOUNT)?,
            stamp: read.stamp(CANCELED_AT, CANCELED_BY)?,
        })
    };
    Ok(Payment {
        order_id: read.text(ORDER_ID)?.to_owned(),
        amount: read.amount(AMOUNT)?,
        created: read.stamp(CREATED_AT, CREATED_BY)?,
        state: match status {
            Status::Initiated => State::Initiated,
            Status::Approved => State::Approved(approval()?),
            Status::Canceled => State::Canceled(approval()?, cancellation()?),
        },
    })
}

struct Reader<'a>(&'a Item);

impl<'a> Reader<'a> {
    /// Checks what a condition also checks: whether the attribute exists, and its type.
    fn check(&self, attribute: &Attribute, status: Status) -> Result<(), Malformed> {
        let name = attribute.name;
        match (self.0.contains_key(name.text), attribute.presence) {
            (true, _) if !attribute.is_of(status) => {
                Err(Malformed { attribute: name.text, problem: "is of another state" })
            }
            (false, _) if !attribute.is_of(status) => Ok(()),
            (false, Presence::Optional) => Ok(()),
            (true, _) | (false, Presence::Always) => match attribute.kind {
                Kind::Text => self.text(name).map(drop),
                Kind::Number => self.number(name).map(drop),
                Kind::Method => self.method(name).map(drop),
            },
        }
    }

    fn value(&self, attribute: Name) -> Result<&'a AttributeValue, Malformed> {
        self.0.get(attribute.text).ok_or(Malformed { attribute: attribute.text, problem: "is missing" })
    }

    fn text(&self, attribute: Name) -> Result<&'a str, Malformed> {
        let text = self
            .value(attribute)?
            .as_s()
            .map_err(|_| Malformed { attribute: attribute.text, problem: "is not a string" })?;
        Ok(text)
    }

    fn number(&self, attribute: Name) -> Result<&'a str, Malformed> {
        let digits = self
            .value(attribute)?
            .as_n()
            .map_err(|_| Malformed { attribute: attribute.text, problem: "is not a number" })?;
        Ok(digits)
    }

    fn method(&self, attribute: Name) -> Result<Method, Malformed> {
        Method::parse(self.text(attribute)?)
            .ok_or(Malformed { attribute: attribute.text, problem: "is a method that this version does not know" })
    }

    /// The only value that must be more than of its type. A write cannot succeed on an item with an invalid amount: each condition
    /// on a stored payment compares its amount with an [`Amount`], and no write is made on a payment with a cancel amount.
    fn amount(&self, attribute: Name) -> Result<Amount, Malformed> {
        let krw = self.number(attribute)?.parse().ok();
        krw.and_then(|krw| Amount::parse(krw).ok())
            .ok_or(Malformed { attribute: attribute.text, problem: "is not an amount in KRW" })
    }

    fn stamp(&self, at: Name, by: Name) -> Result<Stamp, Malformed> {
        Ok(Stamp::stored(self.text(at)?, self.text(by)?))
    }
}
