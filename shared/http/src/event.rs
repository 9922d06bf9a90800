//! The boundary in front of `lambda_http`: an event that a gateway hands over always becomes a request.
//!
//! `lambda_http` builds a URL out of path, query string and Host, and panics where they are not clean; it resolves `..`
//! and drops line feeds, which would reach another payment; it decodes base64 with `unwrap`. So it is given none of
//! them: the path travels beside the URL, the rest is not needed, and what it does get is made clean here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_http::aws_lambda_events::apigw::{
    ApiGatewayV2httpRequest, ApiGatewayV2httpRequestContext, ApiGatewayV2httpRequestContextHttpDescription,
};
use lambda_http::http::header::HOST;
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, Method};
use lambda_http::request::LambdaRequest;
use lambda_runtime::Diagnostic;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::fmt;

/// Whatever Lambda hands over. Reading it never fails, so that a stranger's event gets our error and not the runtime's,
/// which would quote it.
#[derive(Debug)]
pub struct Incoming(Option<Event>);

impl<'de> Deserialize<'de> for Incoming {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The whole event is taken first: one that is given up halfway would leave its rest to the runtime, as an error.
        let event = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self(serde_json::from_str(event.get()).ok()))
    }
}

/// The event is no HTTP API event of payload version 2.0: the function is behind the wrong trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the event is not an API Gateway HTTP API event of payload version 2.0")]
pub struct NotHttpEvent;

impl From<NotHttpEvent> for Diagnostic {
    fn from(error: NotHttpEvent) -> Self {
        Self { error_type: "NotHttpEvent".to_owned(), error_message: error.to_string() }
    }
}

/// What the service reads of an event, as text.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    version: String,
    route_key: Option<String>,
    raw_path: Option<String>,
    #[serde(default, deserialize_with = "texts")]
    headers: HashMap<String, String>,
    #[serde(default, deserialize_with = "texts")]
    path_parameters: HashMap<String, String>,
    request_context: RequestContext,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Debug, Deserialize)]
struct RequestContext {
    http: Http,
}

#[derive(Debug, Deserialize)]
struct Http {
    method: String,
}

/// The entries of an object, or of null. An entry that nobody reads must not fail the event, so each is made a text: null
/// counts as absent, and `?` stands for what is no string. No rule of a field or header that is read accepts it.
fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HashMap<String, String>, D::Error> {
    let entries = Option::<HashMap<Text, &'de RawValue>>::deserialize(deserializer)?.unwrap_or_default();
    let present = entries.into_iter().filter(|(_, value)| value.get() != "null");
    Ok(present
        .map(|(name, value)| {
            let text = serde_json::from_str(value.get()).map_or_else(|_| "?".to_owned(), |Text(text)| text);
            (name.0, text)
        })
        .collect())
}

/// A JSON string. JSON can spell half a character (`"\ud800"`), which no Rust string holds; it becomes U+FFFD.
#[derive(PartialEq, Eq, Hash)]
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Text, E> {
                Ok(Text(String::from_utf8_lossy(bytes).into_owned()))
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}

impl Incoming {
    /// The request for `lambda_http` to convert, of clean parts.
    pub(crate) fn into_request(self) -> Result<LambdaRequest, NotHttpEvent> {
        let event = self.0.filter(|event| event.version == "2.0").ok_or(NotHttpEvent)?;

        let mut http = ApiGatewayV2httpRequestContextHttpDescription::default();
        // An invalid method becomes CONNECT, which no route has, so it gets 405.
        http.method = Method::from_bytes(event.request_context.http.method.as_bytes()).unwrap_or(Method::CONNECT);
        http.path = event.raw_path;
        let mut context = ApiGatewayV2httpRequestContext::default();
        context.route_key = event.route_key;
        context.http = http;

        let mut request = ApiGatewayV2httpRequest::default();
        request.raw_path = Some("/".to_owned());
        request.headers = headers(event.headers);
        request.path_parameters = event.path_parameters;
        request.request_context = context;
        (request.body, request.is_base64_encoded) = body(event.body, event.is_base64_encoded);
        Ok(LambdaRequest::ApiGatewayV2(request))
    }
}

/// What `lambda_http` would build its URL of, beside Host.
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Headers as `http` allows them. A value that it does not allow is kept, with `?` for what is wrong, so that a broken
/// header is never taken for a missing one.
fn headers(event: HashMap<String, String>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in event {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else { continue };
        if name == HOST || name == X_FORWARDED_PROTO {
            continue;
        }
        let value = HeaderValue::from_str(&value).unwrap_or_else(|_| {
            let clean: String = value.chars().map(|c| if matches!(c, ' '..='~') { c } else { '?' }).collect();
            HeaderValue::from_str(&clean).unwrap_or(HeaderValue::from_static("?"))
        });
        // Fails over 32,768 headers, which no gateway lets through; the rest is then left out.
        if headers.try_append(name, value).is_err() {
            break;
        }
    }
    headers
}

/// The body, with base64 that cannot be decoded replaced by a byte that no JSON starts with.
fn body(body: Option<String>, base64: bool) -> (Option<String>, bool) {
    match body {
        Some(text) if base64 && STANDARD.decode(&text).is_err() => (Some("\u{0}".to_owned()), false),
        body => (body, base64),
    }
}
