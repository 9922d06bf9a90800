//! The one renderer from guards to a ConditionExpression. It adds nothing to their meaning: a guard on a stored payment
//! also asks that the item be one that [`crate::item`] understands, since the guard speaks of payments, not of items.

use crate::item::{self, Attributes, Holds, Item};
use aws_sdk_dynamodb::types::AttributeValue;
use payments_domain::{Guard, Method, Status};
use std::collections::HashMap;

/// The names and values that an expression refers to. Every attribute name is a placeholder: `status` and others are
/// reserved words.
#[derive(Debug, Default)]
pub(crate) struct Expression {
    pub(crate) names: HashMap<String, String>,
    pub(crate) values: Item,
}

impl Expression {
    /// The condition under which all of `guards` hold.
    pub(crate) fn condition(&mut self, guards: &[Guard]) -> String {
        let mut terms = Vec::new();
        for guard in guards {
            match guard {
                Guard::Absent => {
                    let key = self.name(item::PAYMENT_KEY);
                    terms.push(format!("attribute_not_exists({key})"));
                }
                Guard::Present => {
                    terms.push(self.equals(item::version()));
                    self.has(Status::Initiated, &mut terms);
                }
                Guard::SameTerms(wanted) => terms.extend(item::terms(wanted).into_iter().map(|term| self.equals(term))),
                Guard::InState(status) => {
                    terms.push(self.equals(item::status(*status)));
                    for earlier in Status::ALL.into_iter().filter(|s| *s > Status::Initiated && s <= status) {
                        self.has(earlier, &mut terms);
                    }
                    for later in Status::ALL.into_iter().filter(|s| s > status) {
                        self.has_not(later, &mut terms);
                    }
                }
                Guard::SameAmount(amount) => terms.push(self.equals(item::amount(*amount))),
            }
        }
        terms.join(" AND ")
    }

    /// The update that sets `attributes`.
    pub(crate) fn set(&mut self, attributes: Attributes) -> String {
        let assignments: Vec<String> = attributes
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

    fn equals(&mut self, (attribute, value): (&'static str, AttributeValue)) -> String {
        let placeholder = format!(":{attribute}");
        self.values.insert(placeholder.clone(), value);
        format!("{} = {placeholder}", self.name(attribute))
    }

    fn has(&mut self, state: Status, terms: &mut Vec<String>) {
        for (attribute, holds) in item::gained(state) {
            let kind = match holds {
                Holds::Text => "S",
                Holds::Number => "N",
                Holds::Method => {
                    terms.push(self.equals(item::method(Method::Card)));
                    continue;
                }
            };
            let placeholder = format!(":type_{kind}");
            self.values.insert(placeholder.clone(), AttributeValue::S(kind.to_owned()));
            terms.push(format!("attribute_type({}, {placeholder})", self.name(attribute)));
        }
    }

    fn has_not(&mut self, state: Status, terms: &mut Vec<String>) {
        for (attribute, _) in item::gained(state) {
            terms.push(format!("attribute_not_exists({})", self.name(attribute)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use payments_domain::{Amount, OrderId, Terms};

    #[test]
    fn create_asks_that_nothing_be_there() {
        let mut expression = Expression::default();
        assert_eq!(expression.condition(&[Guard::Absent]), "attribute_not_exists(#paymentKey)");
        assert!(expression.values.is_empty());
    }

    #[test]
    fn terms_are_compared_in_their_native_types() {
        let terms = Terms {
            order_id: OrderId::parse("order_1").unwrap(),
            amount: Amount::parse(9_007_199_254_740_991).unwrap(),
        };
        let mut expression = Expression::default();
        assert_eq!(expression.condition(&[Guard::SameTerms(terms)]), "#orderId = :orderId AND #amount = :amount");
        assert_eq!(expression.values[":orderId"], AttributeValue::S("order_1".into()));
        assert_eq!(expression.values[":amount"], AttributeValue::N("9007199254740991".into()));
    }

    #[test]
    fn a_state_asks_for_its_name_what_it_has_and_what_it_has_not() {
        let mut expression = Expression::default();
        assert_eq!(
            expression.condition(&[Guard::InState(Status::Approved)]),
            "#status = :status AND #method = :method AND attribute_type(#approvedAt, :type_S) AND \
             attribute_type(#approvedBy, :type_S) AND attribute_not_exists(#cancelReason) AND \
             attribute_not_exists(#cancelAmount) AND attribute_not_exists(#canceledAt) AND \
             attribute_not_exists(#canceledBy)"
        );
    }

    #[test]
    fn what_is_set_never_shares_a_value_with_what_is_asked() {
        let mut expression = Expression::default();
        let condition = expression.condition(&[Guard::InState(Status::Initiated)]);
        let update = expression.set(vec![item::status(Status::Approved)]);
        assert!(condition.starts_with("#status = :status AND "));
        assert_eq!(update, "SET #status = :new_status");
        assert_eq!(expression.values[":status"], AttributeValue::S("INITIATED".into()));
        assert_eq!(expression.values[":new_status"], AttributeValue::S("APPROVED".into()));
    }
}
