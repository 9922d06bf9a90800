//! The request as values: the parameters of the path, and the fields of the body. Each field is found once, read once,
//! and parsed into the domain's type. An error names the field and its constraint, never the value that was sent.

use crate::error::{ApiError, Invalid};
use crate::field::Field;
use lambda_http::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use lambda_http::http::{HeaderMap, HeaderValue};
use payments_domain::{Amount, Constraint};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// The largest body, in bytes, after base64 is decoded.
pub(crate) const BODY_LIMIT: usize = 16_384;

/// A request that has reached its endpoint: it was routed, and its size and its caller are accepted.
#[derive(Debug)]
pub struct Call<'a> {
    pub(crate) path: &'a [(String, String)],
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

impl<'a> Call<'a> {
    /// The path parameter with a field. The router has decoded it, once.
    ///
    /// # Errors
    /// 400 with the constraint that it does not meet.
    pub fn path<T>(&self, field: Field, parse: impl Fn(String) -> Result<T, Constraint>) -> Result<T, ApiError> {
        let found = self.path.iter().find(|(name, _)| name == field.name());
        let text = found.map(|(_, text)| text.clone()).ok_or(Constraint::Required);
        text.and_then(parse).map_err(|constraint| Invalid::Field(field, constraint).into())
    }

    /// The body: UTF-8 throughout, without a byte order mark, one JSON object and nothing else.
    ///
    /// # Errors
    /// 415 if the media type is not JSON, and 400 if the body is not.
    pub fn json(&self) -> Result<JsonObject<'a>, ApiError> {
        if !is_json(self.headers, self.body) {
            return Err(ApiError::UnsupportedMediaType);
        }
        JsonObject::parse(self.body).map_err(|invalid| self.encoding().unwrap_or(invalid).into())
    }

    /// The encoding of a body that cannot be read, if its first bytes or its header show it. RFC 8259, section 8.1, requires UTF-8
    /// without a byte order mark.
    fn encoding(&self) -> Option<Invalid> {
        match self.body {
            [0xef, 0xbb, 0xbf, ..] => Some(Invalid::ByteOrderMark),
            // With a byte order mark, or an opening brace in two or four bytes.
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some(Invalid::Utf16),
            [b'{', 0, ..] | [0, b'{', 0, ..] | [0, 0, 0, b'{', ..] => Some(Invalid::Utf16),
            [0x1f, 0x8b, ..] => Some(Invalid::Compressed),
            [_, ..] if self.headers.get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") => {
                Some(Invalid::Compressed)
            }
            _ => None,
        }
    }
}

/// Whether the media type is JSON. A missing header counts as JSON, and so does any header of an empty body, which then
/// fails as a body. A gateway joins two headers with a comma, so a value with a comma outside quotes is two types.
fn is_json(headers: &HeaderMap, body: &[u8]) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let is_json = |value: &HeaderValue| {
        let essence = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
        essence.trim_ascii().eq_ignore_ascii_case(b"application/json") && !has_unquoted_comma(value.as_bytes())
    };
    match (values.next(), values.next()) {
        (None, _) => true,
        (Some(value), None) if is_json(value) => true,
        _ => body.is_empty(),
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
    fn parse(body: &'a [u8]) -> Result<Self, Invalid> {
        let text = std::str::from_utf8(body).map_err(|_| Invalid::NotUtf8)?;
        let mut json = serde_json::Deserializer::from_str(text);
        let object = json.deserialize_map(Fields).map_err(|_| Invalid::NotOneJsonObject)?;
        json.end().map_err(|_| Invalid::NotOneJsonObject)?;
        Ok(object)
    }

    /// A string.
    ///
    /// # Errors
    /// 400 with the constraint that it does not meet.
    pub fn text<T>(&self, field: Field, parse: impl Fn(String) -> Result<T, Constraint>) -> Result<T, ApiError> {
        let text = self.raw(field).and_then(|raw| serde_json::from_str(raw).map_err(|_| Constraint::Text));
        text.and_then(parse).map_err(|constraint| Invalid::Field(field, constraint).into())
    }

    /// An amount. It is read from its digits, because a JSON library would round what its types cannot hold.
    ///
    /// # Errors
    /// 400 with the constraint that it does not meet.
    pub fn amount(&self, field: Field) -> Result<Amount, ApiError> {
        let amount = self.raw(field).and_then(|raw| {
            let digits = raw.bytes().all(|byte| byte.is_ascii_digit());
            raw.parse().ok().filter(|_| digits).map_or(Err(Amount::CONSTRAINT), Amount::parse)
        });
        amount.map_err(|constraint| Invalid::Field(field, constraint).into())
    }

    fn raw(&self, field: Field) -> Result<&'a str, Constraint> {
        let mut values = self.0.iter().filter(|(name, _)| name == field.name()).map(|(_, raw)| raw.get());
        match (values.next(), values.next()) {
            (Some(raw), None) => Ok(raw),
            (None, _) => Err(Constraint::Required),
            (Some(_), Some(_)) => Err(Constraint::Once),
        }
    }
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
    use payments_domain::{CancelReason, OrderId};

    fn read(body: &[u8]) -> Result<(String, u64), Invalid> {
        let read = || {
            let object = JsonObject::parse(body)?;
            let order = object.text(Field::OrderId, OrderId::parse)?;
            Ok((order.as_str().to_owned(), object.amount(Field::Amount)?.krw()))
        };
        read().map_err(|error| match error {
            ApiError::Invalid(invalid) => invalid,
            other => panic!("a body breaks no other rule: {other:?}"),
        })
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
        let encoding = |body, coding: Option<&'static str>| {
            let coding = coding.map(|coding| (CONTENT_ENCODING, HeaderValue::from_static(coding)));
            Call { path: &[], headers: &HeaderMap::from_iter(coding), body }.encoding()
        };
        for (body, expected) in [
            (&b"\xef\xbb\xbf{}"[..], Some(Invalid::ByteOrderMark)),
            (b"\xff\xfe{\0", Some(Invalid::Utf16)),
            (b"\xfe\xff\0{", Some(Invalid::Utf16)),
            (b"{\0}\0", Some(Invalid::Utf16)),
            (b"\0{\0}", Some(Invalid::Utf16)),
            (b"\0\0\0{", Some(Invalid::Utf16)),
            (b"\x1f\x8b", Some(Invalid::Compressed)),
            (b"[]", None),
            (b"", None),
        ] {
            assert_eq!(encoding(body, None), expected, "{body:?}");
        }
        assert_eq!(encoding(b"x", Some("br")), Some(Invalid::Compressed));
        assert_eq!(encoding(b"x", Some("identity")), None, "it is not compressed");
        assert_eq!(encoding(b"", Some("br")), None, "there is no body");
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
    fn a_known_field_must_appear_exactly_once() {
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
        let object = JsonObject::parse(body.as_bytes()).unwrap();
        assert_eq!(object.text(Field::CancelReason, CancelReason::parse).unwrap().as_str(), "😀 \" 단순");
    }

    #[test]
    fn an_unknown_field_may_appear_twice() {
        assert_eq!(read(br#"{"orderId":"o","x":1,"amount":1,"x":2}"#), Ok(("o".to_owned(), 1)));
    }

    #[test]
    fn a_missing_media_type_counts_as_json_and_an_empty_body_needs_none() {
        let accepts = |values: &[&'static str], body: &[u8]| {
            let headers = values.iter().map(|value| (CONTENT_TYPE, HeaderValue::from_static(value)));
            is_json(&headers.collect(), body)
        };
        for values in [&[][..], &["Application/JSON ;charset=utf-8"]] {
            assert!(accepts(values, b"{}"), "{values:?}");
        }
        for values in [&["text/plain"][..], &[""], &["application/json5"], &["application/json"; 2]] {
            assert!(!accepts(values, b"{}"), "{values:?}");
            assert!(accepts(values, b""), "{values:?}: it then fails as a body");
        }
    }

    #[test]
    fn a_comma_makes_two_media_types_unless_it_is_quoted() {
        let accepts = |value: &'static str| {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]);
            is_json(&headers, b"{}")
        };
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
