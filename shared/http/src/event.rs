//! The boundary in front of `lambda_http`. Every event that a gateway may send becomes a request here.
//!
//! `lambda_http` builds a URL from the path, the query string and the Host header. It panics if they are not clean. It
//! also resolves `..` and drops line feeds, so that a cancel of `a/../b` would reach the payment `b`. And it decodes
//! base64 with `unwrap`. So this module gives it a URL that is always `/`. The path travels beside the URL, as text that
//! nobody rewrites. Headers that cannot be represented are replaced by ones that no check accepts.

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

/// Whatever Lambda sends. Parsing it never fails, so that the event of another trigger gets our error. The runtime's own
/// error would quote the event in the log.
#[derive(Debug)]
pub struct Incoming(Option<Event>);

impl<'de> Deserialize<'de> for Incoming {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The whole event is read first. If parsing stopped halfway, the runtime would report the rest as an error.
        let event = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self(serde_json::from_str(event.get()).ok()))
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

/// The entries of an object as text. An entry that nobody reads must not fail the event, so a null counts as absent, and
/// `?` replaces what is not a string. No field or header that is read may be `?`.
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

/// A JSON string. JSON can spell half a character (`"\ud800"`), which a Rust string cannot hold. It becomes U+FFFD.
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
    /// The request that `lambda_http` converts. All of its parts are clean.
    ///
    /// # Errors
    /// [`NotHttpEvent`].
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

/// Beside Host, the header that `lambda_http` would build its URL from.
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The headers in the form that the crate `http` allows. In a value that it does not allow, `?` replaces the wrong
/// characters. The header is kept, so that a broken one is never taken for a missing one.
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
        // It fails from 32,768 headers on, which no gateway lets through. The rest is then left out.
        if headers.try_append(name, value).is_err() {
            break;
        }
    }
    headers
}

/// The body. Base64 that cannot be decoded is replaced by a byte that JSON cannot start with.
fn body(body: Option<String>, base64: bool) -> (Option<String>, bool) {
    match body {
        Some(text) if base64 && STANDARD.decode(&text).is_err() => (Some("\u{0}".to_owned()), false),
        body => (body, base64),
    }
}
