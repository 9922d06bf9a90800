//! Checks of the result for any bytes: as the header with the key, as a body, as an event, as a stored item. A fuzzer generates
//! the bytes (`tests/tools/fuzz`), and a test runs those that it has stored.
//!
//! The checks use an independent parser, without the service's own code. One answer replaces DynamoDB, so that many inputs can be
//! tested in little time.

use crate::{LambdaFunctions, SECRET_KEY, authorization, dependencies_with, fixed_clock};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use payments_store::{Store, TrustStore};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex};
use tokio::runtime::{Builder, Runtime};

/// Panics if the result for an input is wrong.
pub type HoldsFor = fn(&[u8]);

/// The targets of the fuzzer, by name, with their checks.
pub const INPUTS: [(&str, HoldsFor); 4] = [("header", header), ("body", body), ("event", event), ("item", item)];

/// The payment of all requests that are not generated.
const KEY: &str = "pay_1";
/// The id of all requests.
const REQUEST: &str = "request_1";

/// The functions, with one answer in place of DynamoDB.
struct Subject {
    runtime: Runtime,
    functions: LambdaFunctions,
    dynamodb: Canned,
}

thread_local! {
    static SUBJECT: Subject = Subject::new();
}

/// A DynamoDB that records its requests. It carries out every write or, if it has an item, none.
#[derive(Debug, Clone, Default)]
struct Canned(Arc<Mutex<Exchange>>);

#[derive(Debug, Default)]
struct Exchange {
    item: Option<Vec<u8>>,
    requests: Vec<Value>,
}

impl HttpConnector for Canned {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut exchange = self.0.lock().expect("not poisoned");
        let sent = serde_json::from_slice(request.body().bytes().expect("in memory")).expect("a request is JSON");
        exchange.requests.push(sent);
        let (status, body) = match &exchange.item {
            None => (200, b"{}".to_vec()),
            Some(item) => {
                let failed =
                    r##"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","Item":"##;
                (400, [failed.as_bytes(), item, b"}"].concat())
            }
        };
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().expect("a status"), body.into())))
    }
}

/// The answer to a request, and the requests to the store.
struct Handled {
    /// `None` if the invocation failed.
    status: Option<u16>,
    answer: Value,
    writes: Vec<Value>,
}

impl Subject {
    fn new() -> Self {
        let deployed =
            payments_store::dynamodb(&payments_dynamodb::aws(), Some("http://localhost:1"), &TrustStore::amazon());
        let dynamodb = Canned::default();
        let connector = SharedHttpConnector::new(dynamodb.clone());
        let config = deployed.config().to_builder().http_client(http_client_fn(move |_, _| connector.clone()));
        let store = Store::new(Client::from_conf(config.build()), "payments");
        let functions = LambdaFunctions::new(dependencies_with(SECRET_KEY, store, fixed_clock()));
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        Self { runtime, functions, dynamodb }
    }

    fn invoke(&self, operation: &str, event: &str, item: Option<&[u8]>) -> Handled {
        *self.dynamodb.0.lock().expect("not poisoned") =
            Exchange { item: item.map(<[u8]>::to_vec), requests: Vec::new() };
        let answer = self.runtime.block_on(self.functions.named(operation).invoke_as(REQUEST, event));
        let status = answer["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
        Handled { status, answer, writes: std::mem::take(&mut self.dynamodb.0.lock().expect("not poisoned").requests) }
    }

    /// A valid event, with another body.
    fn event(&self, operation: &str, body: &[u8]) -> Value {
        let mut event = self.functions.named(operation).event(KEY, "");
        (event["body"], event["isBase64Encoded"]) = (json!(STANDARD.encode(body)), json!(true));
        event
    }
}

impl Handled {
    fn body(&self) -> Value {
        let body = self.answer["body"].as_str().expect("an answer has a body");
        serde_json::from_str(body).expect("a body is JSON")
    }
}

/// A request for an operation: its terms, or the reason and the amount.
fn good_body(operation: &str) -> Vec<u8> {
    match operation {
        "cancel" => json!({ "cancelReason": "USER_REQUEST", "cancelAmount": 10_000 }),
        _ => json!({ "paymentKey": KEY, "orderId": "order_1", "amount": 10_000 }),
    }
    .to_string()
    .into_bytes()
}

/// Whether a header is valid. There are two valid ones, apart from the case of the scheme.
fn lets_in(header: &str) -> bool {
    let padded = authorization(SECRET_KEY);
    let unpadded = padded.trim_end_matches('=');
    [padded.as_str(), unpadded].iter().any(|good| {
        header.len() == good.len()
            && header.is_char_boundary(6)
            && header[..6].eq_ignore_ascii_case(&good[..6])
            && header[6..] == good[6..]
    })
}

/// Any header: it is accepted if it is valid, and gets a 401 otherwise.
pub fn header(bytes: &[u8]) {
    let header = String::from_utf8_lossy(bytes);
    SUBJECT.with(|subject| {
        let mut event = subject.event("create", b"[]");
        event["headers"]["authorization"] = json!(header);
        let handled = subject.invoke("create", &event.to_string(), None);
        let expected = if lets_in(&header) { 400 } else { 401 };
        assert_eq!(handled.status, Some(expected), "the header {header:?}: {}", handled.answer);
        assert!(handled.writes.is_empty(), "the header {header:?} writes something: {:?}", handled.writes);
    });
}

/// The fields of a body, read by serde's derived code.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TermsBody {
    payment_key: String,
    order_id: String,
    amount: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CancelBody {
    cancel_reason: String,
    cancel_amount: u64,
}

fn is_name(text: &str, longest: usize) -> bool {
    let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    (1..=longest).contains(&text.len()) && text.chars().all(unreserved) && text != "." && text != ".."
}

fn is_amount(amount: u64) -> bool {
    (1..1 << 53).contains(&amount)
}

/// The values that the store must get for a body, by their names there. `None` if the body must be refused.
fn write_for(operation: &str, body: &[u8]) -> Option<Vec<(&'static str, Value)>> {
    // A derived type would accept an array as an object.
    let text = std::str::from_utf8(body).ok().filter(|text| text.trim_ascii_start().starts_with('{'))?;
    let amount = |krw: u64| is_amount(krw).then(|| json!({ "N": krw.to_string() }));
    if operation == "cancel" {
        let CancelBody { cancel_reason, cancel_amount } = serde_json::from_str(text).ok()?;
        let length = cancel_reason.chars().count();
        let blank = cancel_reason.chars().all(char::is_whitespace);
        let good = (1..=200).contains(&length) && !blank && !cancel_reason.contains(char::is_control);
        good.then_some(())?;
        return Some(vec![(":new_cancelReason", json!({ "S": cancel_reason })), (":amount", amount(cancel_amount)?)]);
    }
    let TermsBody { payment_key, order_id, amount: krw } = serde_json::from_str(text).ok()?;
    (is_name(&payment_key, 200) && is_name(&order_id, 64)).then_some(())?;
    let (order, krw) = (json!({ "S": order_id }), amount(krw)?);
    let [order_name, amount_name] = if operation == "create" { ["orderId", "amount"] } else { [":orderId", ":amount"] };
    Some(vec![("paymentKey", json!({ "S": payment_key })), (order_name, order), (amount_name, krw)])
}

/// Any body: it is refused, or the store gets exactly its values.
pub fn body(bytes: &[u8]) {
    SUBJECT.with(|subject| {
        for operation in ["create", "confirm", "cancel"] {
            let handled = subject.invoke(operation, &subject.event(operation, bytes).to_string(), None);
            let expected_write = if bytes.len() > 16_384 { None } else { write_for(operation, bytes) };
            let expected = match &expected_write {
                Some(_) => 200,
                None if bytes.len() > 16_384 => 413,
                None => 400,
            };
            let what = || format!("{operation} of {:?}: {}", String::from_utf8_lossy(bytes), handled.answer);
            assert_eq!(handled.status, Some(expected), "{}", what());
            assert_eq!(handled.writes.len(), usize::from(expected_write.is_some()), "one write or none, {}", what());
            for (name, value) in expected_write.unwrap_or_default() {
                let request = &handled.writes[0];
                let places = ["/Item", "/Key", "/ExpressionAttributeValues"].map(|place| format!("{place}/{name}"));
                let found = places.iter().find_map(|place| request.pointer(place));
                assert_eq!(found, Some(&value), "{name} is written as it was sent, {}: {request}", what());
            }
        }
    });
}

/// Any event: it is answered or causes a clean error. Nothing is written without the key.
pub fn event(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    SUBJECT.with(|subject| {
        for operation in ["create", "confirm", "cancel"] {
            let handled = subject.invoke(operation, text, None);
            let what = || format!("{operation} for {text}: {}", handled.answer);
            let refused = [400, 401, 404, 405, 413, 415];
            match handled.status {
                None => assert!(handled.answer["error"].is_string(), "{}", what()),
                Some(200) => assert_eq!(handled.writes.len(), 1, "{}", what()),
                Some(status) => assert!(refused.contains(&status), "{}", what()),
            }
            if handled.status != Some(200) {
                assert!(handled.writes.is_empty(), "a refused event must write nothing: {}", what());
                continue;
            }
            // What this parser cannot read, such as half a character, is left to the tests.
            let Ok(event) = serde_json::from_str::<Value>(text) else { continue };
            let headers = event["headers"].as_object().cloned().unwrap_or_default();
            let keys: Vec<_> = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("authorization")).collect();
            let good = keys.iter().filter(|(_, value)| value.as_str().is_some_and(lets_in)).count();
            assert_eq!(good, 1, "nothing is written without the key: {}", what());
        }
    });
}

/// The one value of an attribute, if it is of this type.
fn attribute<'a>(item: &'a Map<String, Value>, name: &str, kind: &str) -> Option<&'a str> {
    let value = item.get(name)?.as_object()?;
    (value.len() == 1).then(|| value.get(kind)?.as_str()).flatten()
}

/// Any item that DynamoDB returns with a failed condition: the answer matches the item, or is a 500. There is no second call, and
/// only the request whose id is in the item is answered as the one that made the change.
pub fn item(bytes: &[u8]) {
    SUBJECT.with(|subject| {
        for operation in ["create", "confirm", "cancel"] {
            let event = subject.event(operation, &good_body(operation)).to_string();
            let handled = subject.invoke(operation, &event, Some(bytes));
            let text = String::from_utf8_lossy(bytes);
            let what = || format!("{operation} over {text}: {}", handled.answer);
            let status = handled.status.unwrap_or_else(|| panic!("an answer: {}", what()));
            let body = handled.body();
            let item = match serde_json::from_slice(bytes) {
                // It is inserted into other text, so it may be more than an item, even another error.
                Err(_) => {
                    assert!([200, 404, 409, 422, 500, 503].contains(&status), "{}", what());
                    continue;
                }
                Ok(Value::Object(item)) => item,
                Ok(Value::Null) if operation != "create" => {
                    assert_eq!(status, 404, "there is no item: {}", what());
                    continue;
                }
                Ok(_) => {
                    assert_eq!(status, 500, "this is not an item: {}", what());
                    continue;
                }
            };
            assert_eq!(handled.writes.len(), 1, "one write and no second call: {}", what());
            if status == 500 {
                assert_eq!(body["code"], "INTERNAL_ERROR", "{}", what());
                continue;
            }
            let text = |name: &str| attribute(&item, name, "S").unwrap_or_else(|| panic!("no {name}: {}", what()));
            let replayed = handled.answer["headers"]["idempotent-replayed"] == "true";
            let (by, at) = match operation {
                "create" => ("createdBy", "createdAt"),
                "confirm" => ("approvedBy", "approvedAt"),
                _ => ("canceledBy", "canceledAt"),
            };
            if status == 200 && !replayed {
                assert_eq!(text(by), REQUEST, "only the request that made the change is answered so: {}", what());
                let time = if operation == "create" { text(at) } else { body[at].as_str().unwrap_or_default() };
                assert_eq!(time, text(at), "with the stored time: {}", what());
                continue;
            }
            let own = attribute(&item, by, "S") == Some(REQUEST) && attribute(&item, at, "S").is_some();
            assert!(!own, "the request that made the change is answered so: {}", what());
            let stored = text("status");
            let amount: u64 = attribute(&item, "amount", "N").and_then(|n| n.parse().ok()).unwrap_or_default();
            assert!(["INITIATED", "APPROVED", "CANCELED"].contains(&stored) && is_amount(amount), "{}", what());
            assert_eq!(attribute(&item, "schemaVersion", "N"), Some("1"), "{}", what());
            let terms_match = text("orderId") == "order_1" && amount == 10_000;
            let expected = match operation {
                "create" => (200, json!({ "paymentKey": KEY, "orderId": text("orderId"), "status": stored })),
                "confirm" if !terms_match => (409, json!("AMOUNT_MISMATCH")),
                "confirm" if stored == "CANCELED" => (422, json!("ALREADY_CANCELED")),
                "confirm" => (200, json!(text("approvedAt"))),
                _ if stored == "INITIATED" => (422, json!("NOT_APPROVED")),
                _ if amount != 10_000 => (409, json!("PARTIAL_MISMATCH")),
                _ => (200, json!({ "status": "CANCELED", "canceledAt": text("canceledAt") })),
            };
            let answered = match (operation, status) {
                ("confirm", 200) => body["approvedAt"].clone(),
                (_, 200) => body.clone(),
                _ => body["code"].clone(),
            };
            assert_eq!((status, answered), expected, "{}", what());
        }
    });
}
