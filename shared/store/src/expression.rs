//! Renders guards as a ConditionExpression, and changes as an UpdateExpression.
//!
//! A guard is about a payment, and a condition is about an item. So the condition of a guard on a stored payment holds only for
//! an item that [`item::decode`] can read: it also checks the schema version, which attributes exist, and their types, with the
//! same [`item::LAYOUT`]. Example: `InState(Approved)` becomes
//!
//! ```text
//! #status = :status
//!   AND #method = :method AND attribute_type(#approvedAt, :type_S) AND attribute_type(#approvedBy, :type_S)
//!   AND attribute_not_exists(#cancelReason) AND attribute_not_exists(#cancelAmount)
//!   AND attribute_not_exists(#canceledAt) AND attribute_not_exists(#canceledBy)
//! ```
//!
//! A condition cannot check the content of a string. `createdAt` may be `"yesterday"`: the write succeeds, and because reading
//! accepts any string, every later request gets an answer.

use crate::item::{self, Attribute, Entry, Item, Kind, Layout, Name, Presence};
use aws_sdk_dynamodb::types::AttributeValue;
use payments_domain::{Guard, Method};
use std::collections::HashMap;

/// Capacity for the longest expression, and for the names of all attributes.
const TEXT: usize = 1_024;
const NAMES: usize = 16;
/// The placeholder of each type of an attribute, and its letter.
const STRING: [&str; 2] = [":type_S", "S"];
const NUMBER: [&str; 2] = [":type_N", "N"];

/// Writes expressions, and collects the names and values that they refer to.
#[derive(Debug)]
pub(crate) struct Expression {
    text: String,
    pub(crate) names: HashMap<String, String>,
    pub(crate) values: Item,
}

impl Expression {
    pub(crate) fn new() -> Self {
        Self { text: String::new(), names: HashMap::with_capacity(NAMES), values: Item::with_capacity(NAMES) }
    }

    /// The condition under which all of `guards` hold.
    pub(crate) fn condition<'a>(&mut self, layout: &Layout, guards: impl IntoIterator<Item = &'a Guard>) -> String {
        self.text.reserve(TEXT);
        for guard in guards {
            match guard {
                Guard::Absent => self.has_not(item::PAYMENT_KEY),
                Guard::Present => {
                    self.equals(item::version());
                    layout.iter().filter(|attribute| attribute.is_of_all()).for_each(|attribute| self.has(attribute));
                }
                Guard::SameTerms(wanted) => item::terms(wanted).into_iter().for_each(|entry| self.equals(entry)),
                Guard::InState(status) => {
                    self.equals(item::status(*status));
                    // `Present` checks those of all states, and comes before it in every command.
                    for attribute in layout.iter().filter(|attribute| !attribute.is_of_all()) {
                        if attribute.is_of(*status) { self.has(attribute) } else { self.has_not(attribute.name) }
                    }
                }
                Guard::SameAmount(amount) => self.equals(item::amount(*amount)),
            }
        }
        std::mem::take(&mut self.text)
    }

    /// The update that sets `entries`.
    pub(crate) fn set(&mut self, entries: Vec<Entry>) -> String {
        self.text.reserve(TEXT);
        for (name, value) in entries {
            self.text.push_str(if self.text.is_empty() { "SET " } else { ", " });
            self.name(name);
            self.write([" = ", name.written]);
            self.values.insert(name.written.to_owned(), value);
        }
        std::mem::take(&mut self.text)
    }

    fn equals(&mut self, entry: Entry) {
        self.and();
        self.comparison(entry);
    }

    fn has_not(&mut self, name: Name) {
        self.and();
        self.absence(name);
    }

    fn has(&mut self, attribute: &Attribute) {
        let name = attribute.name;
        self.and();
        if attribute.presence == Presence::Optional {
            self.write(["("]);
            self.absence(name);
            self.write([" OR "]);
        }
        match attribute.kind {
            Kind::Text => self.is_of_type(name, STRING),
            Kind::Number => self.is_of_type(name, NUMBER),
            Kind::Method => self.comparison((name, item::method(Method::Card))),
        }
        if attribute.presence == Presence::Optional {
            self.write([")"]);
        }
    }

    fn and(&mut self) {
        if !self.text.is_empty() {
            self.write([" AND "]);
        }
    }

    fn comparison(&mut self, (name, value): Entry) {
        self.name(name);
        self.write([" = ", name.compared]);
        self.values.insert(name.compared.to_owned(), value);
    }

    fn absence(&mut self, name: Name) {
        self.write(["attribute_not_exists("]);
        self.name(name);
        self.write([")"]);
    }

    fn is_of_type(&mut self, name: Name, [placeholder, letter]: [&str; 2]) {
        self.write(["attribute_type("]);
        self.name(name);
        self.write([", ", placeholder, ")"]);
        if !self.values.contains_key(placeholder) {
            self.values.insert(placeholder.to_owned(), AttributeValue::S(letter.to_owned()));
        }
    }

    fn name(&mut self, name: Name) {
        self.write([name.placeholder]);
        if !self.names.contains_key(name.placeholder) {
            self.names.insert(name.placeholder.to_owned(), name.text.to_owned());
        }
    }

    fn write<const N: usize>(&mut self, parts: [&str; N]) {
        parts.into_iter().for_each(|part| self.text.push_str(part));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::LAYOUT;
    use payments_domain::{Amount, OrderId, Status, Terms};

    #[test]
    fn create_requires_that_there_is_no_item() {
        let mut expression = Expression::new();
        assert_eq!(expression.condition(LAYOUT, &[Guard::Absent]), "attribute_not_exists(#paymentKey)");
        assert!(expression.values.is_empty());
    }

    #[test]
    fn terms_are_compared_in_their_native_types() {
        let terms = Terms {
            order_id: OrderId::parse("order_1").unwrap(),
            amount: Amount::parse(9_007_199_254_740_991).unwrap(),
        };
        let mut expression = Expression::new();
        let condition = expression.condition(LAYOUT, &[Guard::SameTerms(terms)]);
        assert_eq!(condition, "#orderId = :orderId AND #amount = :amount");
        assert_eq!(expression.values[":orderId"], AttributeValue::S("order_1".into()));
        assert_eq!(expression.values[":amount"], AttributeValue::N("9007199254740991".into()));
    }

    #[test]
    fn a_state_requires_its_status_its_attributes_and_no_others() {
        let mut expression = Expression::new();
        assert_eq!(
            expression.condition(LAYOUT, &[Guard::InState(Status::Approved)]),
            "#status = :status AND #method = :method AND attribute_type(#approvedAt, :type_S) AND \
             attribute_type(#approvedBy, :type_S) AND attribute_not_exists(#cancelReason) AND \
             attribute_not_exists(#cancelAmount) AND attribute_not_exists(#canceledAt) AND \
             attribute_not_exists(#canceledBy)"
        );
    }

    #[test]
    fn conditions_and_updates_use_different_placeholders() {
        let mut expression = Expression::new();
        let condition = expression.condition(LAYOUT, &[Guard::InState(Status::Initiated)]);
        let update = expression.set(vec![item::status(Status::Approved)]);
        assert!(condition.starts_with("#status = :status AND "));
        assert_eq!(update, "SET #status = :new_status");
        assert_eq!(expression.values[":status"], AttributeValue::S("INITIATED".into()));
        assert_eq!(expression.values[":new_status"], AttributeValue::S("APPROVED".into()));
    }
}
