//! A request, byte by byte, and its expected answer. The same request is sent over HTTP and, as a gateway would pass it on, as an
//! event.

use crate::service::{KEY, MARK};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use payments_domain::Refusal;
use payments_functions::FUNCTIONS;
use payments_http::{ApiError, BodyError, Field, FieldError, RequestError};
use payments_language::Language;
use payments_test_function::{authorization, body_of, event, method_of, path_of};
use payments_test_table::unique;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;

pub(crate) const UNAUTHORIZED: Expected = Expected::Unauthorized;
pub(crate) const ANOTHER_TYPE: Expected = Expected::AnotherType;
pub(crate) const TOO_LARGE: Expected = Expected::TooLarge;
pub(crate) const NO_ROUTE: Expected = Expected::NoRoute;
pub(crate) const ANOTHER_METHOD: Expected = Expected::AnotherMethod("POST");
pub(crate) const NO_JSON: Expected = Expected::Body(BodyError::NotOneJsonObject);
pub(crate) const NO_UTF_8: Expected = Expected::Body(BodyError::NotUtf8);
pub(crate) const BYTE_ORDER_MARK: Expected = Expected::Body(BodyError::ByteOrderMark);
pub(crate) const UTF_16: Expected = Expected::Body(BodyError::Utf16);
pub(crate) const COMPRESSED: Expected = Expected::Body(BodyError::Compressed);
pub(crate) const CUT_OFF: Expected = Expected::Body(BodyError::Incomplete);
pub(crate) const AMOUNT: Expected = Expected::Field(Field::Amount);
pub(crate) const ORDER_ID: Expected = Expected::Field(Field::OrderId);
pub(crate) const PAYMENT_KEY: Expected = Expected::Field(Field::PaymentKey);
pub(crate) const CANCEL_REASON: Expected = Expected::Field(Field::CancelReason);
pub(crate) const CANCEL_AMOUNT: Expected = Expected::Field(Field::CancelAmount);

/// The expected answer. An error is named and not written out: its words are tested in `shared/http/tests`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The request made the change.
    Done,
    /// 200 with a list, which may be empty, after one query and at most one read of what it found.
    Listed,
    NoRoute,
    /// 405 with these methods.
    AnotherMethod(&'static str),
    TooLarge,
    Unauthorized,
    AnotherType,
    /// The body cannot be read.
    Body(BodyError),
    /// A field breaks one of its rules, and the message names the field first.
    Field(Field),
    /// 404 after one write whose condition failed, or after one read: there is no such payment.
    Unknown,
    /// The 404 page after one read.
    NoReceipt,
    /// The 404 page without a read: no payment can have this key.
    NoReceiptForKey,
    /// This status without a body, from the HTTP server in front of the service.
    NotHttp(u16),
}

impl Expected {
    /// The error of the service. An error of a field may be another one of the same field.
    pub(crate) fn error(self) -> Option<ApiError> {
        let error = match self {
            Self::Done | Self::Listed | Self::NoReceipt | Self::NoReceiptForKey | Self::NotHttp(_) => return None,
            Self::Unknown => return Some(ApiError::Refused(Refusal::NotFound)),
            Self::NoRoute => RequestError::NoRoute,
            Self::AnotherMethod(allow) => RequestError::MethodNotAllowed { allow: allow.to_owned() },
            Self::TooLarge => RequestError::PayloadTooLarge,
            Self::Unauthorized => RequestError::Unauthorized,
            Self::AnotherType => RequestError::UnsupportedMediaType,
            Self::Body(error) => RequestError::Body(error),
            Self::Field(field) => RequestError::Field(field, FieldError::Missing),
        };
        Some(ApiError::Request(error))
    }
}

/// How a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Http,
    Event,
}

/// A row of the catalogue of hostile inputs, as a request.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// The row's number: `H1`.
    pub(crate) number: &'static str,
    /// What is hostile about it.
    pub(crate) what: String,
    pub(crate) request: RawRequest,
    pub(crate) expected: Expected,
    pub(crate) ways: &'static [Way],
    /// The language of its message.
    pub(crate) language: Language,
}

/// A request, byte by byte.
#[derive(Debug, Clone)]
pub(crate) struct RawRequest {
    /// The function to which a gateway would send it.
    pub(crate) operation: &'static str,
    pub(crate) method: &'static str,
    /// The path and the query, as they are sent.
    pub(crate) target: String,
    pub(crate) headers: Vec<(&'static str, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    /// The payment that it is about.
    pub(crate) key: String,
}

impl RawRequest {
    /// A valid request for an operation, about a payment or an order that does not exist.
    pub(crate) fn to(operation: &'static str) -> Self {
        let key = unique("hostile");
        let body = body_of(operation, &key);
        Self {
            operation,
            method: method_of(operation),
            target: path_of(operation, &key),
            headers: vec![
                ("Authorization", authorization(KEY).into_bytes()),
                ("Content-Type", b"application/json".to_vec()),
            ],
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
            key,
        }
    }

    /// A create that succeeds.
    pub(crate) fn create() -> Self {
        Self::to("create")
    }

    pub(crate) fn confirm() -> Self {
        Self::to("confirm")
    }

    pub(crate) fn cancel() -> Self {
        Self::to("cancel")
    }

    pub(crate) fn retrieve() -> Self {
        Self::to("retrieve")
    }

    /// A receipt with this query, without a key.
    pub(crate) fn receipt(query: &str) -> Self {
        let request = Self::to("receipt").without("Authorization").without("Content-Type");
        let target = format!("{}{query}", request.target);
        request.target(target)
    }

    /// A list of an order without payments.
    pub(crate) fn list() -> Self {
        Self::to("list")
    }

    /// The same request with one value of a header.
    pub(crate) fn with(self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.without(name).and(name, value)
    }

    /// The same request with one more value of a header.
    pub(crate) fn and(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name, value.as_ref().to_vec()));
        self
    }

    /// The same request without a header.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }

    pub(crate) fn method(self, method: &'static str) -> Self {
        Self { method, ..self }
    }

    pub(crate) fn target(self, target: impl Into<String>) -> Self {
        Self { target: target.into(), ..self }
    }

    pub(crate) fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// The same request with this text instead of another in its body.
    pub(crate) fn replace(self, from: &str, to: &str) -> Self {
        let body = String::from_utf8(self.body.clone()).expect("text");
        assert!(body.contains(from), "{from} is not in {body}");
        self.body(body.replacen(from, to, 1))
    }

    /// A case that is sent both ways.
    pub(crate) fn is(self, number: &'static str, what: impl Into<String>, expected: Expected) -> Case {
        let ways = &[Way::Http, Way::Event];
        Case { number, what: what.into(), request: self, expected, ways, language: Language::English }
    }

    /// The bytes of the request in HTTP/1.1.
    pub(crate) fn http(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        let has = |name: &str| self.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
        let length = self.body.len().to_string();
        let framed = has("Content-Length") || has("Transfer-Encoding");
        let own =
            [("Host", "localhost", has("Host")), ("Content-Length", &length, framed), ("Connection", "close", false)];
        for (name, value, there) in own {
            if !there {
                bytes.extend(format!("{name}: {value}\r\n").bytes());
            }
        }
        for (name, value) in &self.headers {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        bytes.extend(b"\r\n");
        bytes.extend(&self.body);
        bytes
    }

    /// The events of the request: with the body in base64, and as text if it is text. A request that matches no route looks as from a
    /// gateway that leaves routing to the function.
    pub(crate) fn events(&self) -> Vec<Value> {
        let function = FUNCTIONS.into_iter().find(|function| function.name == self.operation);
        let route = function.expect("a function of this name").route;
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let segments: Vec<_> =
            path.split('/').map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned()).collect();
        let pattern: Vec<_> = route.path.split('/').collect();
        let matches = |(expected, found): (&&str, &String)| {
            if expected.starts_with('{') { !found.is_empty() } else { expected == found }
        };
        let routed = pattern.len() == segments.len() && pattern.iter().zip(&segments).all(matches);
        let parameter = pattern.iter().zip(&segments).find_map(|(expected, found)| {
            let name = expected.strip_prefix('{')?.strip_suffix('}')?;
            routed.then(|| json!({ name: found }))
        });
        let mut event = event(self.operation, KEY, &self.key, &Value::Null);
        if !routed || self.method != route.method {
            event["routeKey"] = json!("$default");
        }
        (event["rawPath"], event["rawQueryString"]) = (json!(segments.join("/")), json!(query));
        event["queryStringParameters"] = json!(joined(form_urlencoded::parse(query.as_bytes())));
        event["headers"] = json!(self.joined_headers());
        event["requestContext"]["http"]["method"] = json!(self.method);
        event["pathParameters"] = parameter.unwrap_or_default();
        (event["body"], event["isBase64Encoded"]) = (json!(STANDARD.encode(&self.body)), json!(true));
        let text = std::str::from_utf8(&self.body).ok().map(|text| {
            let mut event = event.clone();
            (event["body"], event["isBase64Encoded"]) = (json!(text), json!(false));
            event
        });
        text.into_iter().chain([event]).collect()
    }

    /// The headers as an HTTP API joins them.
    fn joined_headers(&self) -> BTreeMap<String, String> {
        joined(self.headers.iter().map(|(name, value)| (name.to_lowercase().into(), String::from_utf8_lossy(value))))
    }
}

/// Values by their names; those of a repeated name are joined by commas.
fn joined<'a>(values: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> BTreeMap<String, String> {
    let mut joined = BTreeMap::<String, String>::new();
    for (name, value) in values {
        joined
            .entry(name.into_owned())
            .and_modify(|values| values.extend([",", &value]))
            .or_insert_with(|| value.into_owned());
    }
    joined
}

impl Case {
    /// The case over HTTP only: no gateway could make an event of it, or a table of other events has it.
    pub(crate) fn http_only(self) -> Self {
        Self { ways: &[Way::Http], ..self }
    }

    /// The case with a message in Korean.
    pub(crate) fn in_korean(self) -> Self {
        Self { language: Language::Korean, ..self }
    }

    /// The case as an event only: HTTP could not carry it.
    pub(crate) fn event_only(self) -> Self {
        Self { ways: &[Way::Event], ..self }
    }

    /// What no output may contain: credentials always, and the marker of a request that is refused.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let credentials = self.request.headers.iter().filter(|(name, _)| name.to_lowercase().contains("authorization"));
        let words = credentials.flat_map(|(_, value)| {
            let value = String::from_utf8_lossy(value).into_owned();
            value.split([' ', ',', '\t']).map(str::to_owned).collect::<Vec<_>>()
        });
        let mark = (![Expected::Done, Expected::Listed].contains(&self.expected)).then(|| MARK.to_owned());
        let (_, query) = self.request.target.split_once('?').unwrap_or_default();
        let tokens = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "t");
        let tokens = tokens.map(|(_, value)| value.into_owned());
        words
            .chain(tokens)
            .filter(|word| word.len() >= 12)
            .map(|word| word.chars().take(200).collect())
            .chain(mark)
            .collect()
    }
}
