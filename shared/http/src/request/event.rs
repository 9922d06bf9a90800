//! The boundary to API Gateway: an event becomes a request.
//!
//! The conversion of `lambda_http` is not used, for three reasons. It builds a URL from the path, the query string and the Host
//! header, and panics if they are malformed. It resolves `..` and drops line feeds, so a cancel of `a/../b` would reach the
//! payment `b`. And it decodes base64 with `unwrap`. Here the path is text that is never rewritten. This module must not copy a
//! body before it knows the length, because a client without a key can send six megabytes.

use crate::request::error::RequestError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_http::http::HeaderName;
use lambda_http::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use lambda_runtime::Diagnostic;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// The largest body, in bytes, after base64 is decoded.
pub(crate) const BODY_LIMIT: usize = 16_384;

/// Anything that Lambda sends, from its bytes. Parsing it never fails, so that an event of another trigger gets our error. The
/// runtime's own error would quote the event in the log.
#[derive(Debug)]
pub struct Incoming(Result<Request, NotHttpEvent>);

impl<'de> Deserialize<'de> for Incoming {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The whole event is read first. If parsing stopped halfway, the runtime would report the rest as an error.
        let event = <&RawValue>::deserialize(deserializer)?;
        Ok(Self(serde_json::from_str(event.get()).map_err(|_| NotHttpEvent).and_then(Request::of)))
    }
}

impl Incoming {
    /// The request of the event.
    ///
    /// # Errors
    /// [`NotHttpEvent`].
    pub(crate) fn into_request(self) -> Result<Request, NotHttpEvent> {
        self.0
    }
}

/// The event is not from an HTTP API with payload version 2.0, so the function is behind the wrong trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the event is not an API Gateway HTTP API event of payload version 2.0")]
pub struct NotHttpEvent;

impl From<NotHttpEvent> for Diagnostic {
    fn from(error: NotHttpEvent) -> Self {
        Self { error_type: "NotHttpEvent".to_owned(), error_message: error.to_string() }
    }
}

/// The parts of a request that the service reads.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) route_key: Option<String>,
    pub(crate) method: String,
    /// The path as it was sent.
    pub(crate) path: String,
    pub(crate) headers: Headers,
    /// The parameters of the path, decoded, by their names.
    pub(crate) parameters: Vec<(String, Sent)>,
    /// The values of the token in the query, decoded.
    pub(crate) token: Vec<Sent>,
    pub(crate) body: Result<Body, TooLarge>,
}

/// A body that is not over [`BODY_LIMIT`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    /// Its bytes. An event without a body has none.
    Bytes(Vec<u8>),
    /// The event says base64, and this is not.
    NotBase64,
}

/// The body is over [`BODY_LIMIT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLarge;

impl From<TooLarge> for RequestError {
    fn from(TooLarge: TooLarge) -> Self {
        Self::PayloadTooLarge
    }
}

/// A header or a parameter as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sent {
    /// Any text, which may have characters that no header can have.
    Text(String),
    /// JSON of another type. It is kept, so that it never counts as missing.
    NotText,
}

/// The headers in [`READ`]; all others are dropped.
#[derive(Debug, Default)]
pub(crate) struct Headers(Vec<(HeaderName, Sent)>);

impl Headers {
    /// All values of a header.
    pub(crate) fn all(&self, name: &HeaderName) -> impl Iterator<Item = &Sent> {
        self.0.iter().filter(move |(other, _)| other == name).map(|(_, value)| value)
    }
}

impl FromIterator<(HeaderName, Sent)> for Headers {
    fn from_iter<I: IntoIterator<Item = (HeaderName, Sent)>>(headers: I) -> Self {
        Self(headers.into_iter().collect())
    }
}

/// The only parameter of the query that the service reads: the token of a receipt.
pub(crate) const TOKEN_PARAMETER: &str = "t";

/// The headers that the service reads.
const READ: [HeaderName; 4] = [AUTHORIZATION, CONTENT_TYPE, CONTENT_ENCODING, ACCEPT_LANGUAGE];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: String,
    route_key: Option<String>,
    raw_path: Option<String>,
    #[serde(default, deserialize_with = "headers")]
    headers: Headers,
    #[serde(default, deserialize_with = "parameters")]
    path_parameters: Vec<(String, Sent)>,
    #[serde(default, deserialize_with = "token")]
    query_string_parameters: Vec<Sent>,
    request_context: RequestContext,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
struct RequestContext {
    http: Http,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

impl Request {
    fn of(event: Event<'_>) -> Result<Self, NotHttpEvent> {
        if event.version != "2.0" {
            return Err(NotHttpEvent);
        }
        Ok(Self {
            route_key: event.route_key,
            method: event.request_context.http.method,
            path: event.raw_path.unwrap_or_default(),
            headers: event.headers,
            parameters: event.path_parameters,
            token: event.query_string_parameters,
            body: match event.body {
                None => Ok(Body::Bytes(Vec::new())),
                Some(text) => body(text, event.is_base64_encoded)?,
            },
        })
    }
}

/// The decoded body.
///
/// # Errors
/// [`NotHttpEvent`] if it is not text.
fn body(json: &RawValue, is_base64: bool) -> Result<Result<Body, TooLarge>, NotHttpEvent> {
    /// The length of a body at its limit in base64.
    const ENCODED_LIMIT: usize = BODY_LIMIT.div_ceil(3) * 4;
    /// The length of that in JSON, which spells a byte with six characters (`\u0041`) at most and adds two quotes.
    const JSON_LIMIT: usize = ENCODED_LIMIT * 6 + 2;

    if json.get().len() > JSON_LIMIT {
        return Ok(Err(TooLarge));
    }
    let text: String = serde_json::from_str(json.get()).map_err(|_| NotHttpEvent)?;
    if is_base64 && text.len() > ENCODED_LIMIT {
        return Ok(Err(TooLarge));
    }
    let bytes = match is_base64.then(|| STANDARD.decode(&text)) {
        None => text.into_bytes(),
        Some(Ok(bytes)) => bytes,
        Some(Err(_)) => return Ok(Ok(Body::NotBase64)),
    };
    Ok(if bytes.len() > BODY_LIMIT { Err(TooLarge) } else { Ok(Body::Bytes(bytes)) })
}

/// The headers that are read.
fn headers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Headers, D::Error> {
    let wanted = |name: &str| READ.into_iter().find(|header| name.eq_ignore_ascii_case(header.as_str()));
    deserializer.deserialize_option(Entries(wanted)).map(Headers)
}

/// The parameters of the path.
fn parameters<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, Sent)>, D::Error> {
    deserializer.deserialize_option(Entries(|name: &str| Some(name.to_owned())))
}

/// The values of the token in the query.
fn token<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Sent>, D::Error> {
    let values = deserializer.deserialize_option(Entries(|name: &str| (name == TOKEN_PARAMETER).then_some(())))?;
    Ok(values.into_iter().map(|((), value)| value).collect())
}

/// Reads the entries of an object whose names this function accepts. An entry that the service does not read must not cause an
/// error, and null counts as absent.
struct Entries<W>(W);

impl<'de, N, W: Fn(&str) -> Option<N>> Visitor<'de> for Entries<W> {
    type Value = Vec<(N, Sent)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or null")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut entries = Vec::new();
        while let Some(JsonString(name)) = map.next_key()? {
            match (self.0)(&name) {
                None => drop(map.next_value::<IgnoredAny>()?),
                Some(name) => {
                    let value = map.next_value::<&RawValue>()?.get();
                    if value != "null" {
                        let text = serde_json::from_str(value).map(|JsonString(text)| Sent::Text(text.into_owned()));
                        entries.push((name, text.unwrap_or(Sent::NotText)));
                    }
                }
            }
        }
        Ok(entries)
    }
}

/// A JSON string. JSON can spell half a character (`"\ud800"`), which a Rust string cannot hold. It becomes U+FFFD.
struct JsonString<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for JsonString<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl<'de> Visitor<'de> for Bytes {
            type Value = JsonString<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<JsonString<'de>, E> {
                Ok(JsonString(String::from_utf8_lossy(bytes)))
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<JsonString<'de>, E> {
                Ok(JsonString(Cow::Owned(String::from_utf8_lossy(bytes).into_owned())))
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body_of(event: &serde_json::Value) -> Result<Body, TooLarge> {
        let event = json!({ "version": "2.0", "requestContext": { "http": { "method": "POST" } },
            "body": event["body"], "isBase64Encoded": event["isBase64Encoded"] });
        serde_json::from_str::<Incoming>(&event.to_string()).unwrap().into_request().unwrap().body
    }

    /// The body of an event whose JSON has this text between the quotes.
    fn body_in(spelling: &str, is_base64: bool) -> Result<Result<Body, TooLarge>, NotHttpEvent> {
        let event = format!(
            r#"{{"version":"2.0","requestContext":{{"http":{{"method":"POST"}}}},"body":"{spelling}","isBase64Encoded":{is_base64}}}"#
        );
        serde_json::from_str::<Incoming>(&event).unwrap().into_request().map(|request| request.body)
    }

    #[test]
    fn the_limit_of_a_body_counts_its_decoded_bytes() {
        for length in [BODY_LIMIT, BODY_LIMIT + 1] {
            let bytes = vec![1; length];
            let expected = if length == BODY_LIMIT { Ok(Body::Bytes(bytes.clone())) } else { Err(TooLarge) };
            // JSON spells this byte with six characters.
            let text = json!({ "body": "\u{1}".repeat(length), "isBase64Encoded": false });
            assert_eq!(body_of(&text), expected, "{length} bytes");
            let base64 = json!({ "body": STANDARD.encode(&bytes), "isBase64Encoded": true });
            assert_eq!(body_of(&base64), expected, "{length} bytes in base64");
        }
        // The longest spelling of the longest body in base64: six characters for each of its own.
        let spelled = |text: &str| text.bytes().map(|byte| format!("\\u{byte:04x}")).collect::<String>();
        let longest = spelled(&STANDARD.encode(vec![1; BODY_LIMIT]));
        assert_eq!(body_in(&longest, true), Ok(Ok(Body::Bytes(vec![1; BODY_LIMIT]))));
        let huge = "A".repeat(6_000_000);
        for base64 in [false, true] {
            assert_eq!(body_of(&json!({ "body": huge, "isBase64Encoded": base64 })), Err(TooLarge));
        }
        assert_eq!(body_of(&json!({ "body": "?", "isBase64Encoded": true })), Ok(Body::NotBase64));
    }

    #[test]
    fn a_body_that_is_too_long_is_not_read() {
        /// How many characters the longest body has in its longest spelling.
        const LONGEST: usize = 131_088;
        // Half a surrogate pair cannot be decoded, so it shows whether the body was read.
        let broken = |length: usize| "x".repeat(length - 6) + r"\ud800";
        assert_eq!(body_in(&broken(LONGEST), false), Err(NotHttpEvent));
        assert_eq!(body_in(&broken(LONGEST + 1), false), Ok(Err(TooLarge)));
    }
}
