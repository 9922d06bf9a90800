//! The answer to each kind of request, and how many requests go to the store for it, counted at the wire. The words of a refusal are
//! in `openapi.yaml`, which the acceptance tests compare with the answers.

use payments_http::{ApiError, BodyError, RequestError, error_response};
use payments_test_function::{
    Answer, LambdaFunction, LambdaFunctions, ORDER, body_with, call_of, dependencies, fixed_clock, terms_of,
};
use payments_test_table::{Wire, empty_table, unique};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Changes an event.
type EventChange = Box<dyn Fn(&mut Value)>;

fn at(pointer: &'static str, value: impl Into<Value>) -> EventChange {
    let value = value.into();
    Box::new(move |event| *event.pointer_mut(pointer).expect(pointer) = value.clone())
}

fn body(text: impl Into<Value>) -> EventChange {
    at("/body", text)
}

fn base64(text: &'static str) -> EventChange {
    Box::new(move |event| (event["body"], event["isBase64Encoded"]) = (text.into(), true.into()))
}

fn field(name: &'static str, value: impl Into<Value>) -> EventChange {
    let value = value.into();
    Box::new(move |event| {
        let mut body: Value = serde_json::from_str(event["body"].as_str().expect("a text")).expect("JSON");
        body[name] = value.clone();
        event["body"] = body.to_string().into();
    })
}

/// An error: its status, its code and its message, and the header that only this error has.
#[derive(Clone)]
struct Error(u16, &'static str, String, Option<(&'static str, &'static str)>);

impl Error {
    /// The whole answer to a request with this id.
    fn answer(&self, id: &str) -> Answer {
        let Self(status, code, message, header) = self;
        let common = [("content-type", "application/json"), ("cache-control", "no-store"), ("x-request-id", id)];
        let headers = common.into_iter().chain(*header).map(|(name, value)| (name.to_owned(), value.to_owned()));
        let body = json!({ "code": code, "message": message }).to_string();
        Answer { status: *status, headers: headers.collect::<BTreeMap<_, _>>(), body }
    }
}

fn error(status: u16, code: &'static str, message: &str) -> Error {
    Error(status, code, message.to_owned(), None)
}

fn invalid(message: &str) -> Error {
    error(400, "INVALID_REQUEST", message)
}

async fn gets(function: &LambdaFunction, change: &EventChange, error: &Error) {
    let mut body = terms_of("pay_1", ORDER, 10_000);
    (body["cancelReason"], body["cancelAmount"]) = ("x".into(), 10_000.into());
    let mut event = function.event("pay_1", &body);
    change(&mut event);
    let id = unique("request");
    let answer = function.invoke_as(&id, &event.to_string()).await;
    assert_eq!(answer, Ok(error.answer(&id)), "{}: {event}", function.logical_id());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_request_gets_its_exact_answer_and_makes_no_write() {
    let table = empty_table().await;
    let wire = Wire::to(&table.endpoint).await;
    let functions = LambdaFunctions::new(dependencies(&table.by_way_of(&wire.endpoint), fixed_clock()));
    let with = |Error(status, code, message, _), header| Error(status, code, message, Some(header));
    let method = with(error(405, "METHOD_NOT_ALLOWED", "This path takes POST."), ("allow", "POST"));
    let unauthorized = r#"Send the header Authorization: Basic base64("<secret-key>:") with a valid key."#;
    let challenge = ("www-authenticate", r#"Basic realm="payments", charset="UTF-8""#);
    let unauthorized = with(error(401, "UNAUTHORIZED", unauthorized), challenge);
    let media_type = error(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/json.");
    let unreserved = "may contain only A-Z a-z 0-9 - . _ ~.";
    let integer = "must be an integer from 1 to 9007199254740991, written without fraction or exponent.";
    for (change, error) in [
        (at("/routeKey", "POST /v1/other"), error(404, "NOT_FOUND", "There is nothing at this path.")),
        (at("/requestContext/http/method", "GET"), method),
        (body(" ".repeat(16_385)), error(413, "PAYLOAD_TOO_LARGE", "The body must not be over 16384 bytes.")),
        (at("/headers/authorization", Value::Null), unauthorized.clone()),
        (at("/headers/content-type", "text/plain"), media_type),
        (base64("/w=="), invalid("The body must be UTF-8.")),
        (body("\u{feff}{}"), invalid("The body must not begin with a byte order mark.")),
        (base64("//57AH0A"), invalid("The body must be UTF-8, not UTF-16 or UTF-32.")),
        (base64("H4sI"), invalid("The body must not be compressed (Content-Encoding).")),
        (body("[]"), invalid("The body must be one JSON object.")),
        (body("{}"), invalid("paymentKey is required.")),
        (body(r#"{"paymentKey":"a","paymentKey":"a"}"#), invalid("paymentKey must appear only once.")),
        (field("paymentKey", 1), invalid("paymentKey must be a string.")),
        (field("paymentKey", ""), invalid("paymentKey must have 1 to 200 characters.")),
        (field("paymentKey", ".."), invalid("paymentKey must not be . or ...")),
        (field("paymentKey", "a/b"), invalid(&format!("paymentKey {unreserved}"))),
        (field("orderId", "a".repeat(65)), invalid("orderId must have 1 to 64 characters.")),
        (field("amount", 0), invalid(&format!("amount {integer}"))),
    ] {
        for function in ["create", "confirm"] {
            gets(functions.named(function), &change, &error).await;
        }
    }
    for (change, error) in [
        (at("/pathParameters/paymentKey", "a/b"), invalid(&format!("paymentKey {unreserved}"))),
        (at("/pathParameters", json!({ "other": "pay_1" })), invalid("paymentKey is required.")),
        (field("cancelReason", " "), invalid("cancelReason must not be blank.")),
        (field("cancelReason", "a\n"), invalid("cancelReason must not contain control characters.")),
        (field("cancelAmount", -1), invalid(&format!("cancelAmount {integer}"))),
    ] {
        gets(functions.named("cancel"), &change, &error).await;
    }
    let method = with(error(405, "METHOD_NOT_ALLOWED", "This path takes GET."), ("allow", "GET"));
    for (change, error) in [
        (at("/routeKey", "GET /v1/other"), error(404, "NOT_FOUND", "There is nothing at this path.")),
        (at("/requestContext/http/method", "POST"), method),
        (body(" ".repeat(16_385)), error(413, "PAYLOAD_TOO_LARGE", "The body must not be over 16384 bytes.")),
        (at("/headers/authorization", Value::Null), unauthorized),
        (at("/pathParameters/paymentKey", "a/b"), invalid(&format!("paymentKey {unreserved}"))),
        (at("/pathParameters", json!({ "other": "pay_1" })), invalid("paymentKey is required.")),
    ] {
        gets(functions.named("retrieve"), &change, &error).await;
    }
    for (change, error) in [
        (at("/routeKey", "GET /v1/payments/{paymentKey}"), error(404, "NOT_FOUND", "There is nothing at this path.")),
        (at("/pathParameters/orderId", "a/b"), invalid(&format!("orderId {unreserved}"))),
        (at("/pathParameters/orderId", "a".repeat(65)), invalid("orderId must have 1 to 64 characters.")),
        (at("/pathParameters/orderId", "."), invalid("orderId must not be . or ...")),
        (at("/pathParameters", json!({ "paymentKey": "pay_1" })), invalid("orderId is required.")),
    ] {
        gets(functions.named("list"), &change, &error).await;
    }
    assert_eq!(wire.requests(), Vec::<String>::new(), "nothing reached the store");
}

/// A list that finds something makes a second call.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_takes_one_query_and_one_consistent_read_of_what_it_found() {
    let table = empty_table().await;
    let wire = Wire::to(&table.endpoint).await;
    let functions = LambdaFunctions::new(dependencies(&table.by_way_of(&wire.endpoint), fixed_clock()));
    let list = functions.named("list");
    let order = unique("order");
    let nothing = list.invoke(&list.event(&order, &Value::Null)).await;
    assert_eq!((nothing.outcome_of("list"), nothing.body), ("READ".to_owned(), r#"{"payments":[]}"#.to_owned()));
    assert_eq!(wire.requests(), ["Query"]);

    let create = functions.named("create");
    for key in ["b", "a"] {
        assert!(create.invoke(&create.event(key, &terms_of(key, &order, 10))).await.is_first());
    }
    wire.requests();
    let answer = list.invoke(&list.event(&order, &Value::Null)).await;
    assert_eq!(wire.requests(), ["Query", "BatchGetItem"]);
    assert_eq!(answer.outcome_of("list"), "READ");
    assert_eq!(answer.headers.keys().collect::<Vec<_>>(), ["cache-control", "content-type", "x-request-id"]);
    let payment = |key: &str| {
        format!(
            r#"{{"paymentKey":"{key}","orderId":"{order}","status":"INITIATED","totalAmount":10,"balanceAmount":10,"method":null,"requestedAt":"2024-01-01T12:34:56Z","approvedAt":null,"receipt":null,"cancels":null}}"#
        )
    };
    assert_eq!(answer.body, format!(r#"{{"payments":[{},{}]}}"#, payment("a"), payment("b")));
}

/// F39 of docs/reliability.md: no decision depends on a read, and a retrieve is consistent, which the wire's names of the calls show.
#[tokio::test(flavor = "multi_thread")]
async fn every_outcome_takes_one_call_and_a_change_is_a_conditional_write() {
    let table = empty_table().await;
    let wire = Wire::to(&table.endpoint).await;
    let functions = LambdaFunctions::new(dependencies(&table.by_way_of(&wire.endpoint), fixed_clock()));
    let key = unique("requests");
    for (operation, amount, outcome) in [
        ("confirm", 10, "NOT_FOUND"),
        ("cancel", 10, "NOT_FOUND"),
        ("retrieve", 10, "NOT_FOUND"),
        ("create", 10, "FIRST"),
        ("retrieve", 10, "READ"),
        ("create", 10, "REPLAY"),
        ("create", 11, "REPLAY"),
        ("cancel", 10, "NOT_APPROVED"),
        ("confirm", 11, "AMOUNT_MISMATCH"),
        ("confirm", 10, "FIRST"),
        ("confirm", 10, "REPLAY"),
        ("cancel", 11, "PARTIAL_MISMATCH"),
        ("cancel", 10, "FIRST"),
        ("cancel", 10, "REPLAY"),
        ("confirm", 10, "ALREADY_CANCELED"),
        ("retrieve", 10, "READ"),
    ] {
        let function = functions.named(operation);
        let answer = function.invoke(&function.event(&key, &body_with(operation, &key, amount))).await;
        assert_eq!(answer.outcome_of(operation), outcome, "{operation} of {amount}: {answer}");
        assert_eq!(wire.requests(), [call_of(operation)], "{operation} of {amount} is exactly one call");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retrieve_answers_with_all_fields_and_null_for_those_that_the_payment_does_not_have() {
    let table = empty_table().await;
    let functions = LambdaFunctions::new(dependencies(&table, fixed_clock()));
    let send = async |operation, amount| {
        let function = functions.named(operation);
        function.invoke(&function.event("pay_1", &body_with(operation, "pay_1", amount))).await
    };
    let start = r#"{"paymentKey":"pay_1","orderId":"order_1","status":"#;
    let time = r#""2024-01-01T12:34:56Z""#;
    let receipt = r#"{"url":"https://pay.local/receipts/pay_1"}"#;
    let cancel = format!(r#"{{"cancelReason":"USER_REQUEST","cancelAmount":10,"canceledAt":{time}}}"#);
    for (operation, rest) in [
        (
            "create",
            format!(
                r#""INITIATED","totalAmount":10,"balanceAmount":10,"method":null,"requestedAt":{time},"approvedAt":null,"receipt":null,"cancels":null}}"#
            ),
        ),
        (
            "confirm",
            format!(
                r#""APPROVED","totalAmount":10,"balanceAmount":10,"method":"CARD","requestedAt":{time},"approvedAt":{time},"receipt":{receipt},"cancels":null}}"#
            ),
        ),
        (
            "cancel",
            format!(
                r#""CANCELED","totalAmount":10,"balanceAmount":0,"method":"CARD","requestedAt":{time},"approvedAt":{time},"receipt":{receipt},"cancels":[{cancel}]}}"#
            ),
        ),
    ] {
        assert!(send(operation, 10).await.is_first());
        let answer = send("retrieve", 0).await;
        assert_eq!((answer.status, answer.body), (200, format!("{start}{rest}")), "after {operation}");
        assert_eq!(answer.headers.keys().collect::<Vec<_>>(), ["cache-control", "content-type", "x-request-id"]);
    }
}

/// What a front end answers instead of a function.
#[test]
fn a_front_end_answers_as_a_function_would() {
    let answer = error_response(ApiError::Request(RequestError::Body(BodyError::Incomplete)), "request_1");
    let expected = invalid("The body could not be read to its end.").answer("request_1");
    assert_eq!((answer.status().as_u16(), answer.body()), (expected.status, &expected.body));
    let headers = answer.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    assert_eq!(headers.collect::<BTreeMap<_, _>>(), expected.headers);
}
