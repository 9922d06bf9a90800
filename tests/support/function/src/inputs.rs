//! Checks of the result for any bytes: as the header with the key, as a body, as an event, as a stored item. A fuzzer generates
//! the bytes (`tests/tools/fuzz`), and a test runs those that it has stored.
//!
//! The checks use an independent parser and the contract in `payments-model`, without the service's own code. One answer replaces
//! DynamoDB, so that many inputs can be tested in little time.

use crate::{
    Answer, LambdaFunctions, OPERATIONS, ORDER, SECRET_KEY, WRITES, authorization, body_of, definite,
    dependencies_with, fixed_clock, receipt_event, receipt_pages, receipt_token,
};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use payments_http::Dependencies;
use payments_model::{Ask, KnownPayment, after_answer, status};
use payments_store::{Store, TrustStore};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex};
use tokio::runtime::{Builder, Runtime};

/// Panics if the result for an input is wrong.
pub type HoldsFor = fn(&[u8]);

/// The targets of the fuzzer, by name, with their checks.
pub const INPUTS: [(&str, HoldsFor); 5] =
    [("header", header), ("language", language), ("body", body), ("event", event), ("item", item)];

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

/// A DynamoDB that records its requests. It carries out every write or, if it has an item, none. A read gets the item, and a query
/// of the index finds its key.
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
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let (status, body) = match (&exchange.item, target.trim_start_matches("DynamoDB_20120810.")) {
            (None, _) => (200, b"{}".to_vec()),
            (Some(item), "GetItem") => (200, [br#"{"Item":"#, item.as_slice(), b"}"].concat()),
            (Some(_), "Query") => (200, json!({ "Items": [{ "paymentKey": { "S": KEY } }] }).to_string().into_bytes()),
            (Some(item), "BatchGetItem") => (200, [br#"{"Responses":{"payments":["#, item.as_slice(), b"]}}"].concat()),
            (Some(item), _) => {
                let failed =
                    r##"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","Item":"##;
                (400, [failed.as_bytes(), item, b"}"].concat())
            }
        };
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().expect("a status"), body.into())))
    }
}

/// The answer to a request or the error of its invocation, and the requests to the store.
struct Handled {
    answer: Result<Answer, String>,
    requests: Vec<Value>,
}

impl Subject {
    fn new() -> Self {
        let deployed =
            payments_store::dynamodb(&payments_dynamodb::aws(), Some("http://localhost:1"), &TrustStore::amazon());
        let dynamodb = Canned::default();
        let connector = SharedHttpConnector::new(dynamodb.clone());
        let config = deployed.config().to_builder().http_client(http_client_fn(move |_, _| connector.clone()));
        let store = Store::new(Client::from_conf(config.build()), "payments");
        let dependencies = dependencies_with(SECRET_KEY, store, fixed_clock());
        let receipts = receipt_pages("A shop");
        let functions = LambdaFunctions::new(Dependencies { receipts, ..dependencies });
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        Self { runtime, functions, dynamodb }
    }

    fn invoke(&self, operation: &str, event: &str, item: Option<&[u8]>) -> Handled {
        *self.dynamodb.0.lock().expect("not poisoned") =
            Exchange { item: item.map(<[u8]>::to_vec), requests: Vec::new() };
        let answer = self.runtime.block_on(self.functions.named(operation).invoke_as(REQUEST, event));
        Handled { answer, requests: std::mem::take(&mut self.dynamodb.0.lock().expect("not poisoned").requests) }
    }

    /// A valid event, with another body.
    fn event(&self, operation: &str, body: &[u8]) -> Value {
        let mut event = self.functions.named(operation).event(KEY, &Value::Null);
        (event["body"], event["isBase64Encoded"]) = (json!(STANDARD.encode(body)), json!(true));
        event
    }
}

impl Handled {
    fn status(&self) -> Option<u16> {
        self.answer.as_ref().ok().map(|answer| answer.status)
    }
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
        assert_eq!(handled.status(), Some(expected), "the header {header:?}: {:?}", handled.answer);
        assert!(handled.requests.is_empty(), "the header {header:?} reaches the store: {:?}", handled.requests);
    });
}

/// The names and weights, in thousandths, in a header of the simplest form: `ko-KR, ko;q=0.9, *;q=0.5`. `None` for any other.
fn named_languages(header: &str) -> Option<Vec<(String, u32)>> {
    let member = |member: &str| {
        let (name, weight) = member.split_once(";q=").unwrap_or((member, "1"));
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') && !name.is_empty();
        let (whole, fraction) = weight.split_once('.').unwrap_or((weight, "0"));
        let is_fraction = (1..=3).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
        let thousandths = ["0", "1"].iter().position(|digit| *digit == whole)? * 1_000;
        let thousandths = thousandths + format!("{fraction:0<3}").parse::<usize>().ok()?;
        let is_member = (is_name || name == "*") && is_fraction && thousandths <= 1_000;
        is_member.then(|| (name.to_ascii_lowercase(), thousandths as u32))
    };
    header.split(',').map(|text| member(text.trim_matches(' '))).collect()
}

/// The weight of a language: that of its own name, or else of the first longer one, or else of `*`.
fn weight_of(language: &str, named: &[(String, u32)]) -> u32 {
    let weight =
        |matches: &dyn Fn(&str) -> bool| named.iter().find(|(name, _)| matches(name)).map(|(_, weight)| *weight);
    let longer = |name: &str| name.strip_prefix(language).is_some_and(|rest| rest.starts_with('-'));
    weight(&|name| name == language).or_else(|| weight(&longer)).or_else(|| weight(&|name| name == "*")).unwrap_or(0)
}

/// Any header that chooses the language: the message is in the language with the highest weight, and otherwise in the default.
pub fn language(bytes: &[u8]) {
    let header = String::from_utf8_lossy(bytes);
    SUBJECT.with(|subject| {
        let mut event = subject.event("create", b"[]");
        event["headers"]["accept-language"] = json!(header);
        let handled = subject.invoke("create", &event.to_string(), None);
        let answer = handled.answer.unwrap_or_else(|error| panic!("the language {header:?}: {error}"));
        let language = answer.header("content-language").expect("a language");
        let message = match language {
            "en" => "The body must be one JSON object.",
            "ko" => "요청 본문은 하나의 JSON 객체여야 합니다.",
            other => panic!("the language {header:?}: {other}"),
        };
        assert_eq!(answer.json(), json!({ "code": "INVALID_REQUEST", "message": message }), "the language {header:?}");
        let lower = header.to_ascii_lowercase();
        let may_be_korean = lower.contains("ko") || lower.contains('*');
        assert!(language == "en" || may_be_korean, "Korean needs `ko` or `*` in the header: {header:?}");
        // A longer list may be over a limit.
        if let Some(named) = named_languages(&header).filter(|named| named.len() <= 1_000) {
            let [korean, english] = ["ko", "en"].map(|language| weight_of(language, &named));
            assert!(
                korean <= english || language == "ko",
                "Korean has the weight {korean}, English {english}: {header:?}"
            );
            assert!(
                english <= korean || language == "en",
                "English has the weight {english}, Korean {korean}: {header:?}"
            );
        }
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

/// The request for the keys of an order's newest payments.
fn query_of(order: &str) -> Value {
    json!({
        "TableName": "payments",
        "IndexName": "orderId-createdAt-index",
        "KeyConditionExpression": "#orderId = :orderId",
        "ExpressionAttributeNames": { "#orderId": "orderId", "#paymentKey": "paymentKey" },
        "ExpressionAttributeValues": { ":orderId": { "S": order } },
        "ProjectionExpression": "#paymentKey",
        "ScanIndexForward": false,
        "Limit": 100,
    })
}

/// Any body: it is refused, or the store gets exactly its values. Reads ignore it, unless it is too large.
pub fn body(bytes: &[u8]) {
    SUBJECT.with(|subject| {
        let handled = subject.invoke("retrieve", &subject.event("retrieve", bytes).to_string(), None);
        let (status, reads) = if bytes.len() > 16_384 { (413, 0) } else { (404, 1) };
        assert_eq!((handled.status(), handled.requests.len()), (Some(status), reads), "{:?}", handled.answer);
        let read = json!({ "TableName": "payments", "Key": { "paymentKey": { "S": KEY } }, "ConsistentRead": true });
        assert!(handled.requests.iter().all(|request| *request == read), "{:?}", handled.requests);
        let handled = subject.invoke("list", &subject.event("list", bytes).to_string(), None);
        let (status, queries) = if bytes.len() > 16_384 { (413, 0) } else { (200, 1) };
        assert_eq!((handled.status(), handled.requests.len()), (Some(status), queries), "{:?}", handled.answer);
        assert!(handled.requests.iter().all(|request| *request == query_of(KEY)), "{:?}", handled.requests);
        for operation in WRITES {
            let handled = subject.invoke(operation, &subject.event(operation, bytes).to_string(), None);
            let expected_write = if bytes.len() > 16_384 { None } else { write_for(operation, bytes) };
            let expected = match &expected_write {
                Some(_) => 200,
                None if bytes.len() > 16_384 => 413,
                None => 400,
            };
            let what = || format!("{operation} of {:?}: {:?}", String::from_utf8_lossy(bytes), handled.answer);
            assert_eq!(handled.status(), Some(expected), "{}", what());
            assert_eq!(handled.requests.len(), usize::from(expected_write.is_some()), "one write or none, {}", what());
            for (name, value) in expected_write.unwrap_or_default() {
                let request = &handled.requests[0];
                let places = ["/Item", "/Key", "/ExpressionAttributeValues"].map(|place| format!("{place}/{name}"));
                let found = places.iter().find_map(|place| request.pointer(place));
                assert_eq!(found, Some(&value), "{name} is written as it was sent, {}: {request}", what());
            }
        }
    });
}

/// Any event: it is answered or causes a clean error. Nothing reaches the store without the key.
pub fn event(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    SUBJECT.with(|subject| {
        for operation in OPERATIONS {
            let handled = subject.invoke(operation, text, None);
            let what = || format!("{operation} for {text}: {:?}", handled.answer);
            let refused = [400, 401, 404, 405, 413, 415];
            // Here every write is made, and no payment is found.
            let done = if operation == "retrieve" { 404 } else { 200 };
            match (handled.requests.len(), handled.status()) {
                (0, None) => continue,
                (0, Some(status)) => {
                    assert!(refused.contains(&status), "{}", what());
                    continue;
                }
                (requests, status) => assert_eq!((requests, status), (1, Some(done)), "{}", what()),
            }
            // What this parser cannot read, such as half a character, is left to the tests.
            let Ok(event) = serde_json::from_str::<Value>(text) else { continue };
            let headers = event["headers"].as_object().cloned().unwrap_or_default();
            let keys: Vec<_> = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("authorization")).collect();
            let good = keys.iter().filter(|(_, value)| value.as_str().is_some_and(lets_in)).count();
            assert_eq!(good, 1, "nothing reaches the store without the key: {}", what());
        }
        // A receipt needs no key, and here there is none.
        let handled = subject.invoke("receipt", text, None);
        let refused = matches!(handled.status(), None | Some(404 | 405 | 413));
        let is_a_page = handled.answer.as_ref().map_or(true, Answer::is_page);
        assert!(refused && is_a_page && handled.requests.len() <= 1, "receipt for {text}: {:?}", handled.answer);
    });
}

/// The one value of an attribute, if it is of this type.
fn attribute<'a>(item: &'a Map<String, Value>, name: &str, kind: &str) -> Option<&'a str> {
    let value = item.get(name)?.as_object()?;
    (value.len() == 1).then(|| value.get(kind)?.as_str()).flatten()
}

/// The payment in an item, if it can be one.
fn known_payment(item: &Map<String, Value>) -> Option<KnownPayment> {
    let text = |name: &str| attribute(item, name, "S").map(str::to_owned);
    let payment = KnownPayment {
        order: text("orderId")?,
        amount: attribute(item, "amount", "N").and_then(|n| n.parse().ok()).filter(|amount| is_amount(*amount))?,
        status: status(attribute(item, "status", "S")?)?,
        approved_at: text("approvedAt"),
        canceled_at: text("canceledAt"),
    };
    (attribute(item, "schemaVersion", "N") == Some("1")).then_some(payment)
}

/// The request of [`body_of`], as the contract has it. What a list shows of a payment is what a retrieve shows.
fn asked(operation: &str) -> Ask {
    match operation {
        "create" => Ask::Create { order: ORDER, amount: 10_000 },
        "confirm" => Ask::Confirm { order: ORDER, amount: 10_000 },
        "cancel" => Ask::Cancel { amount: 10_000 },
        _ => Ask::Retrieve,
    }
}

/// The only payment of a list, as the answer of a retrieve.
fn only_payment(answer: &Answer) -> Answer {
    let body = answer.json();
    let payments = body["payments"].as_array().map(Vec::as_slice);
    let Some([payment]) = payments else { panic!("one payment: {answer:?}") };
    Answer { body: payment.to_string(), ..answer.clone() }
}

/// Whether every attribute is a string or a number, in DynamoDB's own spelling.
fn is_flat(item: &Map<String, Value>) -> bool {
    item.keys().all(|name| ["S", "N"].into_iter().any(|kind| attribute(item, name, kind).is_some()))
}

/// The elements of a page.
const TAGS: [&str; 19] = [
    "!DOCTYPE", "html", "head", "meta", "title", "style", "body", "main", "header", "p", "h1", "h2", "div", "section",
    "dl", "dt", "dd", "time", "span",
];

/// A receipt over any item: only an approved payment has one, for its own token, and nothing of the item becomes HTML.
fn receipt(subject: &Subject, bytes: &[u8]) {
    let item = serde_json::from_slice::<Map<String, Value>>(bytes).ok();
    let approved_by = item.as_ref().and_then(|item| attribute(item, "approvedBy", "S")).unwrap_or_default();
    let open = |token: &str| {
        let handled = subject.invoke("receipt", &receipt_event(KEY, &json!({ "t": token })).to_string(), Some(bytes));
        assert_eq!(handled.requests.len(), 1, "one read");
        handled.answer.unwrap_or_else(|error| panic!("{}: {error}", String::from_utf8_lossy(bytes)))
    };
    let (right, wrong) = (open(&receipt_token(KEY, approved_by)), open(&receipt_token(KEY, "another")));
    let what = || format!("over {}: {right:?} {wrong:?}", String::from_utf8_lossy(bytes));
    assert!(right.is_page() && wrong.is_page(), "{}", what());
    // What is inserted into DynamoDB's answer can be more than an item.
    let Some(item) = item else { return assert!([200, 404, 500, 503].contains(&right.status), "{}", what()) };
    let is_approved = known_payment(&item).is_some_and(|payment| payment.approved_at.is_some());
    match right.status {
        200 => assert!(is_approved && wrong.status == 404, "{}", what()),
        404 => assert!(known_payment(&item).is_some() && wrong.body == right.body, "{}", what()),
        status => assert!([500, 503].contains(&status) && wrong.status == status, "{}", what()),
    }
    let tags: Vec<_> = right.body.split('<').skip(1).map(|tag| tag.split([' ', '>']).next()).collect();
    let known = |tag: &str| TAGS.contains(&tag.trim_start_matches('/'));
    assert!(tags.len() < 70 && tags.iter().all(|tag| tag.is_some_and(known)), "{tags:?} {}", what());
}

/// Any item that DynamoDB returns with a failed condition or to a read: the contract allows the answer for this item, or it is a 500.
/// DynamoDB itself never spells an item wrong; a read is then answered 503, because a repeat can help. There is no second call except
/// that of a list, and only the request whose id is in the item is answered as the one that made the change.
pub fn item(bytes: &[u8]) {
    SUBJECT.with(|subject| {
        receipt(subject, bytes);
        for operation in OPERATIONS {
            let event = subject.event(operation, body_of(operation, KEY).to_string().as_bytes()).to_string();
            let handled = subject.invoke(operation, &event, Some(bytes));
            let what = || format!("{operation} over {}: {:?}", String::from_utf8_lossy(bytes), handled.answer);
            let answer = handled.answer.as_ref().unwrap_or_else(|_| panic!("an answer: {}", what()));
            let item = match serde_json::from_slice(bytes) {
                // It is inserted into other text, so it may be more than an item, even another error.
                Err(_) => {
                    assert!([200, 404, 409, 422, 500, 503].contains(&answer.status), "{}", what());
                    continue;
                }
                Ok(Value::Object(item)) => item,
                Ok(Value::Null) if operation == "list" => {
                    assert!([200, 503].contains(&answer.status), "there is no item: {}", what());
                    continue;
                }
                Ok(Value::Null) if operation != "create" => {
                    assert_eq!(answer.status, 404, "there is no item: {}", what());
                    continue;
                }
                Ok(_) => {
                    let status = if WRITES.contains(&operation) { 500 } else { 503 };
                    assert_eq!(answer.status, status, "this is not an item: {}", what());
                    continue;
                }
            };
            if answer.status == 503 {
                assert!(!WRITES.contains(&operation) && !is_flat(&item), "{}", what());
                continue;
            }
            if operation == "list" {
                let keys = json!([{ "paymentKey": { "S": KEY } }]);
                let read = json!({ "RequestItems": { "payments": { "Keys": keys, "ConsistentRead": true } } });
                assert_eq!(handled.requests, [query_of(KEY), read], "two calls and no third: {}", what());
            } else {
                assert_eq!(handled.requests.len(), 1, "one call and no second: {}", what());
            }
            if answer.status == 500 {
                assert_eq!(answer.code(), "INTERNAL_ERROR", "{}", what());
                continue;
            }
            let stamp = match operation {
                "create" => Some(("createdBy", "createdAt")),
                "confirm" => Some(("approvedBy", "approvedAt")),
                "cancel" => Some(("canceledBy", "canceledAt")),
                _ => None,
            };
            if let Some((by, at)) = stamp {
                let stored_time = attribute(&item, at, "S");
                let is_own = attribute(&item, by, "S") == Some(REQUEST) && stored_time.is_some();
                assert_eq!(answer.is_first(), is_own, "only the request that made the change says so: {}", what());
                if is_own {
                    let answered = answer.json()[at].as_str().map(str::to_owned);
                    let expected = stored_time.filter(|_| operation != "create");
                    assert_eq!(answered.as_deref(), expected, "the stored time: {}", what());
                    continue;
                }
            }
            let payment = known_payment(&item).unwrap_or_else(|| panic!("this is not a payment: {}", what()));
            let of_a_list = (operation == "list").then(|| only_payment(answer));
            let answer = of_a_list.as_ref().unwrap_or(answer);
            let definite = definite(asked(operation), answer).unwrap_or_else(|| panic!("definite: {}", what()));
            assert!(after_answer(Some(&payment), asked(operation), &definite).is_some(), "not as promised: {}", what());
        }
    });
}
