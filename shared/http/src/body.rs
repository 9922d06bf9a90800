//! Step 4: the request as values. Each field is found once, read once, and parsed into the domain's type.

use crate::error::Invalid;
use lambda_http::aws_lambda_events::query_map::QueryMap;
use payments_domain::{Amount, Constraint};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// A field that a client sends, by the name it has in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The key of a payment, made by the merchant; also the idempotency key.
    PaymentKey,
    /// The merchant's order number.
    OrderId,
    /// What is to be paid, in KRW.
    Amount,
    /// Why a payment is canceled.
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

/// What a request carries: the parameters of its path and the fields of its body that the endpoint knows.
#[derive(Debug)]
pub struct Request<'a> {
    path: Option<&'a QueryMap>,
    fields: Vec<(Field, &'a RawValue)>,
}

impl<'a> Request<'a> {
    /// Reads a body: UTF-8 throughout, one JSON object and nothing else, none of the `known` fields twice. Other fields
    /// are ignored.
    pub(crate) fn read(path: Option<&'a QueryMap>, body: &'a [u8], known: &'static [Field]) -> Result<Self, Invalid> {
        let text = std::str::from_utf8(body).map_err(|_| Invalid::NotUtf8)?;
        let mut json = serde_json::Deserializer::from_str(text);
        let fields = Known(known).deserialize(&mut json).map_err(|_| Invalid::NotOneJsonObject)?;
        json.end().map_err(|_| Invalid::NotOneJsonObject)?;
        for (index, (field, _)) in fields.iter().enumerate() {
            if fields.iter().take(index).any(|(earlier, _)| earlier == field) {
                return Err(Invalid::Field(*field, Constraint::Once));
            }
        }
        Ok(Self { path, fields })
    }

    /// The path's parameter that carries a field, as whatever routed the request has decoded it.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn path<T>(&self, field: Field, parse: impl Fn(String) -> Result<T, Constraint>) -> Result<T, Invalid> {
        let text = self.path.and_then(|parameters| parameters.first(field.name())).ok_or(Constraint::Required);
        text.and_then(|text| parse(text.to_owned())).map_err(|rule| Invalid::Field(field, rule))
    }

    /// A string of the body.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn text<T>(&self, field: Field, parse: impl Fn(String) -> Result<T, Constraint>) -> Result<T, Invalid> {
        let text = self.raw(field).and_then(|raw| serde_json::from_str(raw).map_err(|_| Constraint::Text));
        text.and_then(parse).map_err(|rule| Invalid::Field(field, rule))
    }

    /// An amount of the body. It is read from its digits: a JSON library would round what its types cannot hold.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn amount(&self, field: Field) -> Result<Amount, Invalid> {
        let amount = self.raw(field).and_then(|raw| {
            let digits = raw.bytes().all(|byte| byte.is_ascii_digit());
            raw.parse().ok().filter(|_| digits).map_or(Err(Amount::CONSTRAINT), Amount::parse)
        });
        amount.map_err(|rule| Invalid::Field(field, rule))
    }

    fn raw(&self, wanted: Field) -> Result<&'a str, Constraint> {
        self.fields.iter().find(|(field, _)| *field == wanted).map(|(_, raw)| raw.get()).ok_or(Constraint::Required)
    }
}

/// Reads the fields that are known out of one JSON object. Not a derived struct: serde would take an array for it, and
/// keeps neither digits nor duplicates.
struct Known(&'static [Field]);

impl<'de> DeserializeSeed<'de> for Known {
    type Value = Vec<(Field, &'de RawValue)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Known {
    type Value = Vec<(Field, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut fields = Vec::with_capacity(self.0.len());
        while let Some(name) = map.next_key_seed(Name(self.0))? {
            match name {
                Some(field) => fields.push((field, map.next_value()?)),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(fields)
    }
}

/// A field's name, with its escapes resolved; `None` for one that is not known.
struct Name(&'static [Field]);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<Field>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<Field>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field's name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().copied().find(|field| field.name() == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use payments_domain::{CancelReason, OrderId};

    const FIELDS: &[Field] = &[Field::OrderId, Field::Amount, Field::CancelReason];

    fn read(body: &[u8]) -> Result<(String, u64), Invalid> {
        let request = Request::read(None, body, FIELDS)?;
        let order = request.text(Field::OrderId, OrderId::parse)?;
        Ok((order.as_str().to_owned(), request.amount(Field::Amount)?.krw()))
    }

    #[test]
    fn a_body_is_one_json_object_whatever_else_it_holds() {
        let deep = format!(r#"{{"x":{}1{},"orderId":"o","amount":1}}"#, "[".repeat(7_000), "]".repeat(7_000));
        for good in [
            r#"{"orderId":"o","amount":1}"#,
            " \r\n\t{ \"amount\" : 1 , \"orderId\" : \"\\u006f\" } \n",
            r#"{"orderId":"o","amount":1,"x":{"orderId":2},"y":null,"z":1e400,"z":-0}"#,
            r#"{"orderId":"o","\u0061mount":1,"Amount":"no","status":"APPROVED","":0}"#,
            &deep,
        ] {
            assert_eq!(read(good.as_bytes()), Ok(("o".to_owned(), 1)), "{}", &good[..good.len().min(80)]);
        }
    }

    #[test]
    fn anything_but_one_json_object_is_refused() {
        for bad in [
            "",
            " ",
            "null",
            "1",
            "\"o\"",
            "[]",
            r#"["o",1]"#,
            r#"{"orderId":"o","amount":1"#,
            r#"{"orderId":"o","amount":1,}"#,
            r#"{"orderId":"o","amount":1}{}"#,
            r#"{"orderId":"o","amount":1} x"#,
            "{\"orderId\":\"o\",\"amount\":1}\u{0}",
            "\u{feff}{\"orderId\":\"o\",\"amount\":1}",
            r#"{'orderId':'o','amount':1}"#,
            r#"{orderId:"o",amount:1}"#,
            r#"{"orderId":"o","amount":1/*c*/}"#,
            r#"{"orderId":"o","amount":01}"#,
            r#"{"orderId":"o","amount":+1}"#,
            r#"{"orderId":"o","amount":.5}"#,
            r#"{"orderId":"o","amount":0x1}"#,
            r#"{"orderId":"o","amount":NaN}"#,
            r#"{"orderId":"o","amount":1,"x":"\x41"}"#,
            "{\"orderId\":\"o\",\"amount\":1,\"x\":\"a\nb\"}",
        ] {
            assert_eq!(read(bad.as_bytes()), Err(Invalid::NotOneJsonObject), "{bad}");
        }
        assert_eq!(read(b"{\"orderId\":\"o\",\"amount\":1,\"x\":\"\xff\"}"), Err(Invalid::NotUtf8));
        assert_eq!(read(b"{\"orderId\":\"o\",\"amount\":1,\"x\":\"\xed\xa0\x80\"}"), Err(Invalid::NotUtf8));
    }

    #[test]
    fn an_amount_is_never_rounded() {
        for bad in [
            "0",
            "-1",
            "-0",
            "1.0",
            "10000.0",
            "1e4",
            "1E0",
            "\"1\"",
            "true",
            "null",
            "[]",
            "{}",
            "9007199254740992",
            "18446744073709551616",
            "1e400",
            "100000000000000000000000000000000000000000",
        ] {
            let body = format!(r#"{{"orderId":"o","amount":{bad}}}"#);
            assert_eq!(read(body.as_bytes()), Err(Invalid::Field(Field::Amount, Amount::CONSTRAINT)), "{bad}");
        }
        let body = br#"{"orderId":"o","amount":9007199254740991}"#;
        assert_eq!(read(body), Ok(("o".to_owned(), 9_007_199_254_740_991)));
    }

    #[test]
    fn a_known_field_stands_once_and_is_there() {
        for twice in [r#"{"amount":1,"orderId":"o","amount":1}"#, r#"{"amount":1,"orderId":"o","\u0061mount":2}"#] {
            assert_eq!(read(twice.as_bytes()), Err(Invalid::Field(Field::Amount, Constraint::Once)), "{twice}");
        }
        assert_eq!(read(br#"{"amount":1}"#), Err(Invalid::Field(Field::OrderId, Constraint::Required)));
        assert_eq!(read(br#"{"orderId":"o"}"#), Err(Invalid::Field(Field::Amount, Constraint::Required)));
    }

    #[test]
    fn a_string_is_a_string_of_scalar_values() {
        for bad in ["1", "null", "[\"o\"]", r#""\ud800""#, r#""\ud83dx""#] {
            let body = format!(r#"{{"orderId":{bad},"amount":1}}"#);
            assert_eq!(read(body.as_bytes()), Err(Invalid::Field(Field::OrderId, Constraint::Text)), "{bad}");
        }
        let body = r#"{"cancelReason":"\ud83d\ude00 \" 단순"}"#;
        let request = Request::read(None, body.as_bytes(), FIELDS).unwrap();
        assert_eq!(request.text(Field::CancelReason, CancelReason::parse).unwrap().as_str(), "😀 \" 단순");
    }
}
