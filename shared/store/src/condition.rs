//! The one renderer from guards to a ConditionExpression.
//!
//! A guard speaks of payments, and a condition of items. So the condition of a guard on a stored payment holds only for
//! an item that [`item::decode`] reads as one: it also checks the schema version and which attributes are there, of which
//! type, by the same [`item::LAYOUT`]. An example: `InState(Approved)` becomes
//!
//! ```text
//! #status = :status
//!   AND #method = :method AND attribute_type(#approvedAt, :type_S) AND attribute_type(#approvedBy, :type_S)
//!   AND attribute_not_exists(#cancelReason) AND attribute_not_exists(#cancelAmount)
//!   AND attribute_not_exists(#canceledAt) AND attribute_not_exists(#canceledBy)
//! ```
//!
//! A condition cannot look into a string. `createdAt` may be `"yesterday"`: then the item is of no use as a time, but the
//! write is accepted, and since reading takes any string, every later request is answered.

use crate::item::{self, Attribute, Entry, Item, Kind, Layout, Presence};
use aws_sdk_dynamodb::types::AttributeValue;
use payments_domain::{Guard, Method};
use std::collections::HashMap;

/// The names and values that an expression refers to. Every attribute name is a placeholder, because `status` and others
/// are reserved words.
#[derive(Debug, Default)]
pub(crate) struct Expression {
    pub(crate) names: HashMap<String, String>,
    pub(crate) values: Item,
}

impl Expression {
    /// The condition under which all of `guards` hold.
    pub(crate) fn condition<'a>(&mut self, layout: &Layout, guards: impl IntoIterator<Item = &'a Guard>) -> String {
        let mut terms = Vec::new();
        for guard in guards {
            match guard {
                Guard::Absent => {
                    let key = self.name(item::PAYMENT_KEY);
                    terms.push(format!("attribute_not_exists({key})"));
                }
                Guard::Present => {
                    terms.push(self.equals(item::version()));
                    terms.extend(
                        layout.iter().filter(|attribute| attribute.is_of_all()).map(|attribute| self.has(attribute)),
                    );
                }
                Guard::SameTerms(wanted) => terms.extend(item::terms(wanted).map(|entry| self.equals(entry))),
                Guard::InState(status) => {
                    terms.push(self.equals(item::status(*status)));
                    // Those of all states are asked for by `Present`, which stands before it in every command.
                    let of_some = layout.iter().filter(|attribute| !attribute.is_of_all());
                    terms.extend(of_some.map(|attribute| {
                        if attribute.is_of(*status) { self.has(attribute) } else { self.has_not(attribute.name) }
                    }));
                }
                Guard::SameAmount(amount) => terms.push(self.equals(item::amount(*amount))),
            }
        }
        terms.join(" AND ")
    }

    /// The update that sets `entries`.
    pub(crate) fn set(&mut self, entries: Vec<Entry>) -> String {
        let assignments: Vec<String> = entries
            .into_iter()
            .map(|(attribute, value)| {
                let placeholder = format!(":new_{attribute}");
                self.values.insert(placeholder.clone(), value);
                format!("{} = {placeholder}", self.name(attribute))
            })
            .collect();
        format!("SET {}", assignments.join(", "))
    }

    fn name(&mut self, attribute: &str) -> String {
        let placeholder = format!("#{attribute}");
        self.names.insert(placeholder.clone(), attribute.to_owned());
        placeholder
    }

    fn equals(&mut self, (attribute, value): Entry) -> String {
        let placeholder = format!(":{attribute}");
        self.values.insert(placeholder.clone(), value);
        format!("{} = {placeholder}", self.name(attribute))
    }

    fn has(&mut self, attribute: &Attribute) -> String {
        let present = match attribute.kind {
            Kind::Text => self.is_of_type(attribute.name, "S"),
            Kind::Number => self.is_of_type(attribute.name, "N"),
            Kind::Method => self.equals((attribute.name, item::method(Method::Card))),
        };
        match attribute.presence {
            Presence::Always => present,
            Presence::Optional => format!("({} OR {present})", self.has_not(attribute.name)),
        }
    }

    fn is_of_type(&mut self, attribute: &str, letter: &str) -> String {
        let placeholder = format!(":type_{letter}");
        self.values.insert(placeholder.clone(), AttributeValue::S(letter.to_owned()));
        format!("attribute_type({}, {placeholder})", self.name(attribute))
    }

    fn has_not(&mut self, attribute: &str) -> String {
        format!("attribute_not_exists({})", self.name(attribute))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::LAYOUT;
    use payments_domain::{Amount, OrderId, Status, Terms};

    #[test]
    fn create_asks_that_nothing_be_there() {
        let mut expression = Expression::default();
        assert_eq!(expression.condition(LAYOUT, &[Guard::Absent]), "attribute_not_exists(#paymentKey)");
        assert!(expression.values.is_empty());
    }

    #[test]
    fn terms_are_compared_in_their_native_types() {
        let terms = Terms {
            order_id: OrderId::parse("order_1").unwrap(),
            amount: Amount::parse(9_007_199_254_740_991).unwrap(),
        };
        let mut expression = Expression::default();
        let condition = expression.condition(LAYOUT, &[Guard::SameTerms(terms)]);
        assert_eq!(condition, "#orderId = :orderId AND #amount = :amount");
        assert_eq!(expression.values[":orderId"], AttributeValue::S("order_1".into()));
        assert_eq!(expression.values[":amount"], AttributeValue::N("9007199254740991".into()));
    }

    #[test]
    fn a_state_asks_for_its_name_what_it_has_and_what_it_has_not() {
        let mut expression = Expression::default();
        assert_eq!(
            expression.condition(LAYOUT, &[Guard::InState(Status::Approved)]),
            "#status = :status AND #method = :method AND attribute_type(#approvedAt, :type_S) AND \
             attribute_type(#approvedBy, :type_S) AND attribute_not_exists(#cancelReason) AND \
             attribute_not_exists(#cancelAmount) AND attribute_not_exists(#canceledAt) AND \
             attribute_not_exists(#canceledBy)"
        );
    }

    #[test]
    fn what_is_set_never_shares_a_value_with_what_is_asked() {
        let mut expression = Expression::default();
        let condition = expression.condition(LAYOUT, &[Guard::InState(Status::Initiated)]);
        let update = expression.set(vec![item::status(Status::Approved)]);
        assert!(condition.starts_with("#status = :status AND "));
        assert_eq!(update, "SET #status = :new_status");
        assert_eq!(expression.values[":status"], AttributeValue::S("INITIATED".into()));
        assert_eq!(expression.values[":new_status"], AttributeValue::S("APPROVED".into()));
    }
}
