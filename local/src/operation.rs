//! The operations of backends, and what a request asks of one.

use payments_domain::{Amount, OrderId, PaymentKey};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use std::hash::{DefaultHasher, Hash, Hasher};

/// An operation that backends call. A receipt is not one: customers open it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    Create,
    Confirm,
    Cancel,
    Retrieve,
    List,
}

impl Operation {
    pub(crate) const ALL: [Self; 5] = [Self::Create, Self::Confirm, Self::Cancel, Self::Retrieve, Self::List];

    /// Its name, as in the log of its function.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Confirm => "confirm",
            Self::Cancel => "cancel",
            Self::Retrieve => "retrieve",
            Self::List => "list",
        }
    }

    /// The operation with a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }

    /// Whether it changes nothing.
    pub(crate) const fn is_read(self) -> bool {
        matches!(self, Self::Retrieve | Self::List)
    }
}

impl Serialize for Operation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.name().serialize(serializer)
    }
}

/// What a request asks for. A value is absent if the request does not have it, or has one that is not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) operation: Operation,
    pub(crate) payment_key: Option<PaymentKey>,
    pub(crate) order_id: Option<OrderId>,
    /// The `amount` of a create or a confirm, and the `cancelAmount` of a cancel.
    pub(crate) amount: Option<Amount>,
    pub(crate) content: Content,
}

/// A hash of all that a request says: its path, its media type and its body. It shows that an invalid request was sent again
/// unchanged, and nobody can read from it what the request said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Content(u64);

impl Content {
    fn of(content: impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        Self(hasher.finish())
    }
}

impl Asked {
    /// Reads a request. Unlike its function, this does not judge it: a missing key or a wrong media type makes no difference.
    pub(crate) fn read(
        operation: Operation,
        parameters: &[(&str, String)],
        media_type: Option<&[u8]>,
        body: &[u8],
    ) -> Self {
        // The longest body that a function reads.
        let body = if operation.is_read() || body.len() > 16_384 { &[] } else { body };
        let content = Content::of((parameters, media_type, body));
        let body: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
        let in_path = |name| parameters.iter().find(|(other, _)| *other == name).map(|(_, value)| value.clone());
        let in_body = |name| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let text = |name| in_path(name).or_else(|| in_body(name));
        let amount = if operation == Operation::Cancel { "cancelAmount" } else { "amount" };
        Self {
            operation,
            payment_key: text("paymentKey").and_then(|key| PaymentKey::parse(key).ok()),
            order_id: text("orderId").and_then(|order| OrderId::parse(order).ok()),
            amount: body.get(amount).and_then(Value::as_u64).and_then(|krw| Amount::parse(krw).ok()),
            content,
        }
    }

    /// Whether another request asks for the same: it has the same operation, payment key and values. The reason of a cancel may differ.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        let has_same_values = || self.values().is_some_and(|values| Some(values) == other.values());
        self.operation == other.operation && (self.content == other.content || has_same_values())
    }

    /// What it asks for, if no value is absent.
    fn values(&self) -> Option<(Option<&PaymentKey>, Option<&OrderId>, Option<Amount>)> {
        let Self { payment_key, order_id, amount, .. } = self;
        Some(match self.operation {
            Operation::Create | Operation::Confirm => {
                (Some(payment_key.as_ref()?), Some(order_id.as_ref()?), Some((*amount)?))
            }
            // The order of these two is filled in by the journal.
            Operation::Cancel => (Some(payment_key.as_ref()?), None, Some((*amount)?)),
            Operation::Retrieve => (Some(payment_key.as_ref()?), None, None),
            Operation::List => (None, Some(order_id.as_ref()?), None),
        })
    }
}

/// Which requests are meant. A value that is absent means all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Filter {
    pub(crate) operation: Option<Operation>,
    pub(crate) payment_key: Option<PaymentKey>,
    pub(crate) order_id: Option<OrderId>,
}

impl Filter {
    /// Whether a request is one of them.
    pub(crate) fn matches(&self, asked: &Asked) -> bool {
        self.operation.is_none_or(|operation| operation == asked.operation)
            && (self.payment_key.is_none() || self.payment_key == asked.payment_key)
            && (self.order_id.is_none() || self.order_id == asked.order_id)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use Operation::{Cancel, Confirm, Create, List, Retrieve};
    use payments_functions::FUNCTIONS;
    use payments_http::Audience;
    use serde_json::json;

    /// A request with these values. One that is not valid is absent.
    pub(crate) fn asked(operation: Operation, key: &str, order: &str) -> Asked {
        let (payment_key, order_id) = (PaymentKey::parse(key).ok(), OrderId::parse(order).ok());
        Asked { operation, payment_key, order_id, amount: None, content: Content::of((key, order)) }
    }

    #[test]
    fn a_filter_matches_the_requests_that_have_all_its_values() {
        let key = PaymentKey::parse("pay_1").ok();
        let order = OrderId::parse("order_1").ok();
        let of = |operation, payment_key, order_id| Filter { operation, payment_key, order_id };
        for (filter, asked, matches) in [
            (of(None, None, None), asked(Confirm, "pay_1", "order_1"), true),
            (of(None, None, None), asked(Confirm, "", ""), true),
            (of(Some(Confirm), None, None), asked(Confirm, "pay_1", "order_1"), true),
            (of(Some(Cancel), None, None), asked(Confirm, "pay_1", "order_1"), false),
            (of(None, key.clone(), None), asked(Confirm, "pay_1", "order_1"), true),
            (of(None, key.clone(), None), asked(Confirm, "pay_2", "order_1"), false),
            (of(None, key.clone(), None), asked(List, "", "order_1"), false),
            (of(None, None, order.clone()), asked(List, "", "order_1"), true),
            (of(None, None, order.clone()), asked(Confirm, "pay_1", "order_2"), false),
            (of(None, None, order.clone()), asked(Confirm, "pay_1", ""), false),
            (of(Some(Confirm), key.clone(), order.clone()), asked(Confirm, "pay_1", "order_1"), true),
            (of(Some(Confirm), key.clone(), order.clone()), asked(Confirm, "pay_1", "order_2"), false),
            (of(Some(Confirm), key, order), asked(Confirm, "pay_2", "order_1"), false),
        ] {
            assert_eq!(filter.matches(&asked), matches, "{filter:?} {asked:?}");
        }
    }

    /// What was read: the key, the order and the amount.
    fn read(operation: Operation, path: &[(&str, &str)], body: &str) -> Value {
        let path: Vec<_> = path.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let asked = Asked::read(operation, &path, None, body.as_bytes());
        json!([
            asked.payment_key.as_ref().map(PaymentKey::as_str),
            asked.order_id.as_ref().map(OrderId::as_str),
            asked.amount.map(Amount::krw)
        ])
    }

    #[test]
    fn every_function_that_backends_call_is_an_operation() {
        let of_backends = FUNCTIONS.iter().filter(|function| matches!(function.audience, Audience::Backends));
        let named: Vec<_> = of_backends.map(|function| Operation::named(function.name)).collect();
        assert_eq!(named, Operation::ALL.map(Some));
    }

    #[test]
    fn the_values_of_a_request_are_read_where_its_function_reads_them() {
        let terms = r#"{"paymentKey":"pay_1","orderId":"order_1","amount":10000}"#;
        for operation in [Create, Confirm] {
            assert_eq!(read(operation, &[], terms), json!(["pay_1", "order_1", 10000]), "{operation:?}");
        }
        let cancel = r#"{"cancelReason":"x","cancelAmount":10000,"paymentKey":"other","amount":1}"#;
        assert_eq!(read(Cancel, &[("paymentKey", "pay_1")], cancel), json!(["pay_1", null, 10000]));
        assert_eq!(read(Retrieve, &[("paymentKey", "pay_1")], terms), json!(["pay_1", null, null]), "no body");
        assert_eq!(read(List, &[("orderId", "order_1")], terms), json!([null, "order_1", null]), "no body");
    }

    #[test]
    fn an_invalid_value_is_absent() {
        for (body, expected) in [
            ("", json!([null, null, null])),
            ("[1]", json!([null, null, null])),
            (r#"{"paymentKey":1,"orderId":"order_1","amount":1}"#, json!([null, "order_1", 1])),
            (r#"{"paymentKey":"a b","orderId":"order_1","amount":1}"#, json!([null, "order_1", 1])),
            (r#"{"paymentKey":"pay_1","orderId":"","amount":"1"}"#, json!(["pay_1", null, null])),
            (r#"{"paymentKey":"pay_1","amount":1.0}"#, json!(["pay_1", null, null])),
            (r#"{"paymentKey":"pay_1","amount":0}"#, json!(["pay_1", null, null])),
        ] {
            assert_eq!(read(Create, &[], body), expected, "{body}");
        }
        let of_length = |length: usize| format!(r#"{{"paymentKey":"pay_1"{}}}"#, " ".repeat(length - 22));
        assert_eq!(of_length(16_384).len(), 16_384);
        assert_eq!(read(Create, &[], &of_length(16_384)), json!(["pay_1", null, null]));
        assert_eq!(read(Create, &[], &of_length(16_385)), json!([null, null, null]), "no function reads it");
    }

    #[test]
    fn the_same_request_has_the_same_operation_payment_key_and_values() {
        let terms = r#"{"paymentKey":"pay_1","orderId":"order_1","amount":10000}"#;
        let cancel = r#"{"cancelAmount":10000,"cancelReason":"x"}"#;
        let read = |operation: Operation, key: &str, body: &str| {
            let path = if operation == Cancel { vec![("paymentKey", key.to_owned())] } else { vec![] };
            Asked::read(operation, &path, Some(b"application/json"), body.as_bytes())
        };
        let without_order = |body: &str| Asked { order_id: None, ..read(Cancel, "pay_1", body) };
        for (one, other, is_same) in [
            (read(Confirm, "", terms), read(Confirm, "", terms), true),
            (read(Confirm, "", terms), read(Confirm, "", &terms.replace(',', ", ")), true),
            (read(Confirm, "", terms), read(Create, "", terms), false),
            (read(Confirm, "", terms), read(Confirm, "", &terms.replace("pay_1", "pay_2")), false),
            (read(Confirm, "", terms), read(Confirm, "", &terms.replace("order_1", "order_2")), false),
            (read(Confirm, "", terms), read(Confirm, "", &terms.replace("10000", "9000")), false),
            (read(Cancel, "pay_1", cancel), read(Cancel, "pay_1", &cancel.replace('x', "y")), true),
            (read(Cancel, "pay_1", cancel), without_order(&cancel.replace('x', "y")), true),
            (read(Cancel, "pay_1", cancel), read(Cancel, "pay_2", cancel), false),
            (read(Cancel, "pay_1", cancel), read(Cancel, "pay_1", &cancel.replace("10000", "9000")), false),
            (read(Confirm, "", "{}"), read(Confirm, "", "{}"), true),
            (read(Confirm, "", "{}"), read(Confirm, "", "{ }"), false),
        ] {
            assert_eq!(one.is_same_as(&other), is_same, "{one:?} {other:?}");
        }
        let media_type = |media_type: &str| Asked::read(Confirm, &[], Some(media_type.as_bytes()), b"{}").content;
        assert_ne!(media_type("text/plain"), media_type("application/json"));
    }
}
