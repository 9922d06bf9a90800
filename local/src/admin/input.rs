//! The input of requests about the server itself: the fields of a JSON object, or the parameters of a query. Whatever is wrong with it
//! is an error that names the field. Otherwise a test with a typing error would arm nothing, and pass for the wrong reason.

use crate::operation::{Filter, Operation};
use payments_domain::{OrderId, PaymentKey};
use payments_language::{Text, text};
use serde_json::{Map, Value};
use std::ops::RangeInclusive;

/// How many characters of an unknown name an answer quotes.
const QUOTED: usize = 64;

/// What is wrong with the input of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum InputError {
    /// The body is not one JSON object.
    NotAnObject,
    /// There is no such field here.
    Unknown(String),
    /// A field is missing.
    Missing(&'static str),
    /// A parameter stands in the query more than once.
    Repeated(String),
    /// A field has a wrong type, or a value that it cannot have.
    Wrong(&'static str, Expected),
    /// Exactly one of two fields must be there.
    NotOneOf(&'static str, &'static str),
}

/// What a field must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expected {
    OneOf(Vec<String>),
    Integer(RangeInclusive<u64>),
    PaymentKey,
    OrderId,
}

impl InputError {
    pub(super) fn message(&self) -> Text {
        match self {
            Self::NotAnObject => text! {
                en: "The body must be one JSON object.",
                ko: "요청 본문은 하나의 JSON 객체여야 합니다.",
            },
            Self::Unknown(name) => {
                let name: String = name.chars().take(QUOTED).collect();
                text! {
                    en: "{name} has no meaning here. Check its spelling.",
                    ko: "{name} 필드는 사용할 수 없습니다. 철자를 확인해 주십시오.",
                }
            }
            Self::Missing(name) => text! {
                en: "{name} is required.",
                ko: "{name} 필드는 필수입니다.",
            },
            Self::Repeated(name) => text! {
                en: "{name} must appear only once.",
                ko: "{name} 필드는 한 번만 보낼 수 있습니다.",
            },
            Self::NotOneOf(one, other) => text! {
                en: "Exactly one of {one} and {other} is required.",
                ko: "{one}, {other} 필드 중 하나만 필요합니다.",
            },
            Self::Wrong(name, Expected::OneOf(values)) => {
                let values = values.join(", ");
                text! {
                    en: "{name} must be one of these: {values}.",
                    ko: "{name} 필드에는 다음 값 중 하나를 사용해 주십시오: {values}",
                }
            }
            Self::Wrong(name, Expected::Integer(range)) => {
                let (min, max) = (range.start(), range.end());
                text! {
                    en: "{name} must be an integer from {min} to {max}.",
                    ko: "{name} 필드는 {min} 이상 {max} 이하의 정수여야 합니다.",
                }
            }
            Self::Wrong(name, Expected::PaymentKey) => text! {
                en: "{name} must be a payment key: 1 to 200 characters of A-Z a-z 0-9 - . _ ~.",
                ko: "{name} 필드는 결제 키여야 합니다(A-Z a-z 0-9 - . _ ~ 문자로 1~200자).",
            },
            Self::Wrong(name, Expected::OrderId) => text! {
                en: "{name} must be an order number: 1 to 64 characters of A-Z a-z 0-9 - . _ ~.",
                ko: "{name} 필드는 주문 번호여야 합니다(A-Z a-z 0-9 - . _ ~ 문자로 1~64자).",
            },
        }
    }
}

/// Fields, each of which must be read.
#[derive(Debug)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// Those of a body.
    pub(super) fn of_a_body(body: &[u8]) -> Result<Self, InputError> {
        serde_json::from_slice(body).map(Self).map_err(|_| InputError::NotAnObject)
    }

    /// Those of a query.
    pub(super) fn of_a_query(query: &str) -> Result<Self, InputError> {
        let mut fields = Map::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if fields.insert(name.clone().into_owned(), value.into_owned().into()).is_some() {
                return Err(InputError::Repeated(name.into_owned()));
            }
        }
        Ok(Self(fields))
    }

    /// Whether all fields have been read.
    pub(super) fn end(self) -> Result<(), InputError> {
        self.0.into_iter().next().map_or(Ok(()), |(name, _)| Err(InputError::Unknown(name)))
    }

    /// Reads a field that may be absent. `null` is a value that no field can have: if a test's variable is empty, its fault must not
    /// meet every request.
    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        expected: impl FnOnce() -> Expected,
        parse: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, InputError> {
        let Some(value) = self.0.remove(name) else { return Ok(None) };
        parse(&value).map(Some).ok_or_else(|| InputError::Wrong(name, expected()))
    }

    /// Reads the name of something.
    pub(super) fn name<T>(
        &mut self,
        name: &'static str,
        names: &[&str],
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, InputError> {
        let expected = || Expected::OneOf(names.iter().map(|name| (*name).to_owned()).collect());
        self.optional(name, expected, |value| parse(value.as_str()?))
    }

    /// Reads an integer.
    pub(super) fn integer(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u32>,
    ) -> Result<Option<u32>, InputError> {
        let expected = || Expected::Integer(u64::from(*range.start())..=u64::from(*range.end()));
        let parse = |value: &Value| u32::try_from(value.as_u64()?).ok().filter(|number| range.contains(number));
        self.optional(name, expected, parse)
    }

    /// Reads which requests are meant.
    pub(super) fn filter(&mut self) -> Result<Filter, InputError> {
        let key = |value: &Value| PaymentKey::parse(value.as_str()?).ok();
        let order = |value: &Value| OrderId::parse(value.as_str()?).ok();
        Ok(Filter {
            operation: self.name("operation", &Operation::ALL.map(Operation::name), Operation::named)?,
            payment_key: self.optional("paymentKey", || Expected::PaymentKey, key)?,
            order_id: self.optional("orderId", || Expected::OrderId, order)?,
        })
    }
}
