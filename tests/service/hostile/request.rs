//! A request, byte by byte, and its expected answer. The same request is sent over HTTP and, as a gateway would pass it on, as an
//! event.

use crate::service::{KEY, MARK};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use payments_functions::FUNCTIONS;
use payments_test_function::authorization;
use payments_test_table::unique;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) const UNAUTHORIZED: Expected = Expected::Refused(
    401,
    "UNAUTHORIZED",
    "Send the header Authorization: Basic base64(\"<secret-key>:\") with a valid key.",
);
pub(crate) const NO_JSON: Expected = Expected::Refused(400, "INVALID_REQUEST", "The body must be one JSON object.");
pub(crate) const NO_UTF_8: Expected = Expected::Refused(400, "INVALID_REQUEST", "The body must be UTF-8.");
pub(crate) const BYTE_ORDER_MARK: Expected =
    Expected::Refused(400, "INVALID_REQUEST", "The body must not begin with a byte order mark.");
pub(crate) const UTF_16: Expected =
    Expected::Refused(400, "INVALID_REQUEST", "The body must be UTF-8, not UTF-16 or UTF-32.");
pub(crate) const COMPRESSED: Expected =
    Expected::Refused(400, "INVALID_REQUEST", "The body must not be compressed (Content-Encoding).");
pub(crate) const CUT_OFF: Expected =
    Expected::Refused(400, "INVALID_REQUEST", "The body could not be read to its end.");
pub(crate) const ANOTHER_TYPE: Expected =
    Expected::Refused(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/json.");
pub(crate) const TOO_LARGE: Expected =
    Expected::Refused(413, "PAYLOAD_TOO_LARGE", "The body must not be over 16384 bytes.");
pub(crate) const NO_ROUTE: Expected = Expected::Refused(404, "NOT_FOUND", "There is nothing at this path.");
pub(crate) const ANOTHER_METHOD: Expected = Expected::Refused(405, "METHOD_NOT_ALLOWED", "This path takes POST.");
pub(crate) const AMOUNT: Expected = field("amount ");
pub(crate) const ORDER_ID: Expected = field("orderId ");
pub(crate) const PAYMENT_KEY: Expected = field("paymentKey ");
pub(crate) const CANCEL_REASON: Expected = field("cancelReason ");
pub(crate) const CANCEL_AMOUNT: Expected = field("cancelAmount ");

/// A field breaks its rule, and the message names the field first.
const fn field(named: &'static str) -> Expected {
    Expected::Refused(400, "INVALID_REQUEST", named)
}

/// The expected answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The request made the change.
    Done,
    /// This status, this code, and this message, without a request to the store. A message without a full stop is the beginning of
    /// one.
    Refused(u16, &'static str, &'static str),
    /// 404 after one write whose condition failed: there is no such payment.
    Unknown,
    /// This status without a body, from the HTTP server in front of the service.
    NotHttp(u16),
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
    fn new(operation: &'static str, target: &str, key: &str, body: &Value) -> Self {
        Self {
            operation,
            method: "POST",
            target: target.to_owned(),
            headers: vec![
                ("Authorization", authorization(KEY).into_bytes()),
                ("Content-Type", b"application/json".to_vec()),
            ],
            body: body.to_string().into_bytes(),
            key: key.to_owned(),
        }
    }

    /// A create that succeeds.
    pub(crate) fn create() -> Self {
        let key = unique("hostile");
        Self::new("create", "/v1/payments", &key, &json!({ "paymentKey": key, "orderId": "order_1", "amount": 10_000 }))
    }

    /// A confirm of a payment that does not exist.
    pub(crate) fn confirm() -> Self {
        let key = unique("hostile");
        let body = json!({ "paymentKey": key, "orderId": "order_1", "amount": 10_000 });
        Self::new("confirm", "/v1/payments/confirm", &key, &body)
    }

    /// A cancel of a payment that does not exist.
    pub(crate) fn cancel() -> Self {
        let key = unique("hostile");
        let body = json!({ "cancelReason": "USER_REQUEST", "cancelAmount": 10_000 });
        Self::new("cancel", &format!("/v1/payments/{key}/cancel"), &key, &body)
    }

    /// A valid request for an operation.
    pub(crate) fn to(operation: &str) -> Self {
        match operation {
            "create" => Self::create(),
            "confirm" => Self::confirm(),
            "cancel" => Self::cancel(),
            other => panic!("there is no operation {other}"),
        }
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
        Case { number, what: what.into(), request: self, expected, ways: &[Way::Http, Way::Event] }
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
        let parameter = pattern.iter().position(|segment| *segment == "{paymentKey}").filter(|_| routed);
        let mut event = json!({
            "version": "2.0",
            "routeKey": if routed && self.method == route.method { route.gateway_key() } else { "$default".to_owned() },
            "rawPath": segments.join("/"),
            "rawQueryString": query,
            "headers": self.joined_headers(),
            "requestContext": { "http": { "method": self.method }, "requestId": "local" },
            "body": STANDARD.encode(&self.body),
            "isBase64Encoded": true,
        });
        if let Some(place) = parameter {
            event["pathParameters"] = json!({ "paymentKey": segments[place] });
        }
        let text = std::str::from_utf8(&self.body).ok().map(|text| {
            let mut event = event.clone();
            (event["body"], event["isBase64Encoded"]) = (json!(text), json!(false));
            event
        });
        text.into_iter().chain([event]).collect()
    }

    /// The headers as an HTTP API joins them.
    fn joined_headers(&self) -> BTreeMap<String, String> {
        let mut joined = BTreeMap::<String, String>::new();
        for (name, value) in &self.headers {
            let value = String::from_utf8_lossy(value);
            joined
                .entry(name.to_lowercase())
                .and_modify(|values| values.extend([",", &value]))
                .or_insert_with(|| value.into_owned());
        }
        joined
    }
}

impl Case {
    /// The case over HTTP only: no gateway could make an event of it, or a table of other events has it.
    pub(crate) fn http_only(self) -> Self {
        Self { ways: &[Way::Http], ..self }
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
        let mark = (self.expected != Expected::Done).then(|| MARK.to_owned());
        words.filter(|word| word.len() >= 12).map(|word| word.chars().take(200).collect()).chain(mark).collect()
    }
}
