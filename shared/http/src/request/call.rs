//! The request as values: the parameters of the path, and the fields of the body. Each field is found once, read once,
//! and parsed into the domain's type. An error names the field and its constraint, never the value that was sent.

use crate::request::error::{BodyError, RequestError};
use crate::request::event::{Body, Headers, Sent};
use crate::request::field::{Field, FieldError};
use crate::request::token::ReceiptToken;
use lambda_http::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use payments_domain::{Amount, Constraint};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// A request that has reached its endpoint: it was routed, and its size and its caller are accepted.
#[derive(Debug)]
pub struct Call<'a> {
    pub(crate) path: &'a [(String, Sent)],
    pub(crate) token: &'a [Sent],
    pub(crate) headers: &'a Headers,
    pub(crate) body: &'a Body,
}

impl<'a> Call<'a> {
    /// The path parameter with a field. The router has decoded it, once.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn path<T>(&self, field: Field, parse: impl Fn(String) -> Result<T, Constraint>) -> Result<T, RequestError> {
        let found = self.path.iter().find(|(name, _)| name == field.name());
        let text = match found {
            Some((_, Sent::Text(text))) => Ok(text.clone()),
            Some((_, Sent::NotText)) => Err(FieldError::NotAString),
            None => Err(FieldError::Missing),
        };
        parsed(field, text, parse)
    }

    /// The token of a receipt, in the query. `None` if it is missing, malformed, or there are several.
    pub fn token(&self) -> Option<ReceiptToken> {
        ReceiptToken::sent(self.token)
    }

    /// The body: UTF-8 throughout, without a byte order mark, one JSON object and nothing else.
    ///
    /// # Errors
    /// The media type is not JSON, or the body is not.
    pub fn json(&self) -> Result<JsonObject<'a>, RequestError> {
        if !is_json(self.headers, self.body) {
            return Err(RequestError::UnsupportedMediaType);
        }
        let object = match self.body {
            Body::Bytes(bytes) => JsonObject::parse(bytes).map_err(|error| self.encoding(bytes).unwrap_or(error)),
            Body::NotBase64 => Err(BodyError::NotOneJsonObject),
        };
        object.map_err(RequestError::Body)
    }

    /// The encoding of a body that cannot be read, if its first bytes or its header show it. RFC 8259, section 8.1, requires UTF-8
    /// without a byte order mark.
    fn encoding(&self, body: &[u8]) -> Option<BodyError> {
        let is_identity = |coding: &Sent| matches!(coding, Sent::Text(coding) if coding == "identity");
        match body {
            [0xef, 0xbb, 0xbf, ..] => Some(BodyError::ByteOrderMark),
            // With a byte order mark, or an opening brace in two or four bytes.
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some(BodyError::Utf16),
            [b'{', 0, ..] | [0, b'{', 0, ..] | [0, 0, 0, b'{', ..] => Some(BodyError::Utf16),
            [0x1f, 0x8b, ..] => Some(BodyError::Compressed),
            [_, ..] if !self.headers.all(&CONTENT_ENCODING).all(is_identity) => Some(BodyError::Compressed),
            _ => None,
        }
    }
}

/// Whether the media type is JSON. A missing header counts as JSON, and so does any header of an empty body, which then
/// fails as a body. A gateway joins two headers with a comma, so a value with a comma outside quotes is two types.
fn is_json(headers: &Headers, body: &Body) -> bool {
    let mut values = headers.all(&CONTENT_TYPE);
    let is_json = |value: &str| {
        let essence = value.split(';').next().unwrap_or_default();
        essence.trim_matches([' ', '\t']).eq_ignore_ascii_case("application/json")
            && !has_unquoted_comma(value.as_bytes())
    };
    match (values.next(), values.next()) {
        (None, _) => true,
        (Some(Sent::Text(value)), None) if is_json(value) => true,
        _ => matches!(body, Body::Bytes(bytes) if bytes.is_empty()),
    }
}

/// Whether a header's value has a comma outside its quoted strings (RFC 9110, section 5.6.4: a backslash escapes the
/// character that follows it).
fn has_unquoted_comma(value: &[u8]) -> bool {
    let mut quoted = false;
    let mut bytes = value.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => quoted = !quoted,
            b'\\' if quoted => drop(bytes.next()),
            b',' if !quoted => return true,
            _ => {}
        }
    }
    false
}

/// The fields of a JSON object, by name, in the order of the text. A field that the endpoint does not read is ignored.
#[derive(Debug)]
pub struct JsonObject<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> JsonObject<'a> {
    fn parse(body: &'a [u8]) -> Result<Self, BodyError> {
        let text = std::str::from_utf8(body).map_err(|_| BodyError::NotUtf8)?;
        let mut json = serde_json::Deserializer::from_str(text);
        let object = json.deserialize_map(Fields).map_err(|_| BodyError::NotOneJsonObject)?;
        json.end().map_err(|_| BodyError::NotOneJsonObject)?;
        Ok(object)
    }

    /// A string.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn text<T>(&self, field: Field, parse: impl Fn(String) -> Result<T, Constraint>) -> Result<T, RequestError> {
        let text = self.raw(field).and_then(|raw| serde_json::from_str(raw).map_err(|_| FieldError::NotAString));
        parsed(field, text, parse)
    }

    /// An amount. It is read from its digits, because a JSON library would round what its types cannot hold.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn amount(&self, field: Field) -> Result<Amount, RequestError> {
        parsed(field, self.raw(field), |raw| {
            let digits = raw.bytes().all(|byte| byte.is_ascii_digit());
            raw.parse().ok().filter(|_| digits).map_or(Err(Amount::CONSTRAINT), Amount::parse)
        })
    }

    fn raw(&self, field: Field) -> Result<&'a str, FieldError> {
        let mut values = self.0.iter().filter(|(name, _)| name == field.name()).map(|(_, raw)| raw.get());
        match (values.next(), values.next()) {
            (Some(raw), None) => Ok(raw),
            (None, _) => Err(FieldError::Missing),
            (Some(_), Some(_)) => Err(FieldError::Repeated),
        }
    }
}

/// The value of a field that was found.
fn parsed<F, T>(
    field: Field,
    found: Result<F, FieldError>,
    parse: impl Fn(F) -> Result<T, Constraint>,
) -> Result<T, RequestError> {
    let value = found.and_then(|found| parse(found).map_err(FieldError::Broken));
    value.map_err(|error| RequestError::Field(field, error))
}

/// Reads one JSON object. This is not a derived struct, because serde would accept an array for one, and keeps neither digits
/// nor duplicates.
struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = JsonObject<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut fields = Vec::new();
        while let Some(Name(name)) = map.next_key()? {
            fields.push((name, map.next_value()?));
        }
        Ok(JsonObject(fields))
    }
}

/// A field's name, with its escapes resolved. Serde's own `Cow` would always copy.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_http::http::HeaderName;
    use payments_domain::{CancelReason, OrderId};

    fn read(body: &[u8]) -> Result<(String, u64), RequestError> {
        let object = JsonObject::parse(body).map_err(RequestError::Body)?;
        let order = object.text(Field::OrderId, OrderId::parse)?;
        Ok((order.as_str().to_owned(), object.amount(Field::Amount)?.krw()))
    }

    fn headers(name: &HeaderName, values: &[&str]) -> Headers {
        values.iter().map(|value| (name.clone(), Sent::Text((*value).to_owned()))).collect()
    }

    #[test]
    fn a_body_is_one_json_object_and_may_have_other_fields() {
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
    fn a_body_that_cannot_be_read_is_refused_for_its_encoding_if_that_can_be_seen() {
        let encoding = |body: &[u8], coding: Option<&str>| {
            let headers = headers(&CONTENT_ENCODING, coding.as_slice());
            Call { path: &[], token: &[], headers: &headers, body: &Body::NotBase64 }.encoding(body)
        };
        for (body, expected) in [
            (&b"\xef\xbb\xbf{}"[..], Some(BodyError::ByteOrderMark)),
            (b"\xff\xfe{\0", Some(BodyError::Utf16)),
            (b"\xfe\xff\0{", Some(BodyError::Utf16)),
            (b"{\0}\0", Some(BodyError::Utf16)),
            (b"\0{\0}", Some(BodyError::Utf16)),
            (b"\0\0\0{", Some(BodyError::Utf16)),
            (b"\x1f\x8b", Some(BodyError::Compressed)),
            (b"[]", None),
            (b"", None),
        ] {
            assert_eq!(encoding(body, None), expected, "{body:?}");
        }
        assert_eq!(encoding(b"x", Some("br")), Some(BodyError::Compressed));
        assert_eq!(encoding(b"x", Some("identity")), None, "it is not compressed");
        assert_eq!(encoding(b"", Some("br")), None, "there is no body");
    }

    /// The rest is in tests/service/hostile.
    #[test]
    fn anything_but_one_json_object_is_refused() {
        for bad in ["", "null", r#"["o",1]"#, r#"{"orderId":"o","amount":1,}"#, r#"{"orderId":"o","amount":1}{}"#] {
            assert_eq!(read(bad.as_bytes()), Err(RequestError::Body(BodyError::NotOneJsonObject)), "{bad}");
        }
        let not_utf8 = b"{\"orderId\":\"o\",\"amount\":1,\"x\":\"\xff\"}";
        assert_eq!(read(not_utf8), Err(RequestError::Body(BodyError::NotUtf8)));
    }

    #[test]
    fn an_amount_is_never_rounded() {
        for bad in ["0", "-1", "1.0", "1e4", "\"1\"", "9007199254740992", "18446744073709551616"] {
            let body = format!(r#"{{"orderId":"o","amount":{bad}}}"#);
            let error = RequestError::Field(Field::Amount, FieldError::Broken(Amount::CONSTRAINT));
            assert_eq!(read(body.as_bytes()), Err(error), "{bad}");
        }
        let body = br#"{"orderId":"o","amount":9007199254740991}"#;
        assert_eq!(read(body), Ok(("o".to_owned(), 9_007_199_254_740_991)));
    }

    #[test]
    fn a_known_field_must_appear_exactly_once() {
        let wrong = |field, error| Err(RequestError::Field(field, error));
        for twice in [r#"{"amount":1,"orderId":"o","amount":1}"#, r#"{"amount":1,"orderId":"o","\u0061mount":2}"#] {
            assert_eq!(read(twice.as_bytes()), wrong(Field::Amount, FieldError::Repeated), "{twice}");
        }
        assert_eq!(read(br#"{"amount":1}"#), wrong(Field::OrderId, FieldError::Missing));
        assert_eq!(read(br#"{"orderId":"o"}"#), wrong(Field::Amount, FieldError::Missing));
    }

    #[test]
    fn a_string_is_a_string_of_scalar_values() {
        for bad in ["1", "null", "[\"o\"]", r#""\ud800""#, r#""\ud83dx""#] {
            let body = format!(r#"{{"orderId":{bad},"amount":1}}"#);
            let error = RequestError::Field(Field::OrderId, FieldError::NotAString);
            assert_eq!(read(body.as_bytes()), Err(error), "{bad}");
        }
        let body = r#"{"cancelReason":"\ud83d\ude00 \" 단순"}"#;
        let object = JsonObject::parse(body.as_bytes()).unwrap();
        assert_eq!(object.text(Field::CancelReason, CancelReason::parse).unwrap().as_str(), "😀 \" 단순");
    }

    #[test]
    fn a_parameter_of_the_path_is_a_string() {
        let path = |parameters: &[(String, Sent)]| {
            let call = Call { path: parameters, token: &[], headers: &Headers::default(), body: &Body::NotBase64 };
            call.path(Field::OrderId, OrderId::parse).map(|order| order.as_str().to_owned())
        };
        let named = |value| [("orderId".to_owned(), value)];
        let wrong = |error| Err(RequestError::Field(Field::OrderId, error));
        assert_eq!(path(&named(Sent::Text("o".to_owned()))), Ok("o".to_owned()));
        assert_eq!(path(&named(Sent::NotText)), wrong(FieldError::NotAString));
        assert_eq!(path(&[]), wrong(FieldError::Missing));
    }

    #[test]
    fn an_unknown_field_may_appear_twice() {
        assert_eq!(read(br#"{"orderId":"o","x":1,"amount":1,"x":2}"#), Ok(("o".to_owned(), 1)));
    }

    #[test]
    fn a_missing_media_type_counts_as_json_and_an_empty_body_needs_none() {
        let accepts =
            |values: &[&str], body: &[u8]| is_json(&headers(&CONTENT_TYPE, values), &Body::Bytes(body.to_vec()));
        for values in [&[][..], &["Application/JSON ;charset=utf-8"]] {
            assert!(accepts(values, b"{}"), "{values:?}");
        }
        for values in [&["text/plain"][..], &[""], &["application/json5"], &["application/json"; 2]] {
            assert!(!accepts(values, b"{}"), "{values:?}");
            assert!(accepts(values, b""), "{values:?}: it then fails as a body");
        }
        let not_text = Headers::from_iter([(CONTENT_TYPE, Sent::NotText)]);
        assert!(!is_json(&not_text, &Body::Bytes(b"{}".to_vec())), "it does not count as missing");
    }

    #[test]
    fn a_comma_makes_two_media_types_unless_it_is_quoted() {
        let accepts = |value| is_json(&headers(&CONTENT_TYPE, &[value]), &Body::Bytes(b"{}".to_vec()));
        for one in [r#"application/json; a="b, c"; d=e"#, r#"application/json; a="\", b""#] {
            assert!(accepts(one), "{one}");
        }
        for two in [
            "application/json,text/plain",
            "application/json;a=b, text/plain",
            r#"application/json;a="b", text/html"#,
            r#"application/json;a="b\\", text/html"#,
            r"application/json;a=\, text/html",
        ] {
            assert!(!accepts(two), "{two}");
        }
    }
}
