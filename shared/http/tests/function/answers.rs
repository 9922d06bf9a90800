//! Every error answer, word for word: its status, its headers and its body.

use payments_http::{ApiError, BodyError, RequestError, error_response};
use payments_test_function::{LambdaFunction, LambdaFunctions, dependencies, fixed_clock};
use payments_test_table::{Table, empty_table, unique};
use serde_json::{Value, json};

/// Changes an event.
type EventChange = Box<dyn Fn(&mut Value)>;
/// The header that only this error has.
type Header = Option<(&'static str, &'static str)>;

fn body(text: impl Into<Value>) -> EventChange {
    let text = text.into();
    Box::new(move |event| event["body"] = text.clone())
}

fn base64(text: &'static str) -> EventChange {
    Box::new(move |event| {
        event["body"] = text.into();
        event["isBase64Encoded"] = true.into();
    })
}

fn at(pointer: &'static str, value: impl Into<Value>) -> EventChange {
    let value = value.into();
    Box::new(move |event| *event.pointer_mut(pointer).expect(pointer) = value.clone())
}

fn field(name: &'static str, value: impl Into<Value>) -> EventChange {
    let value = value.into();
    Box::new(move |event| {
        let mut body: Value = serde_json::from_str(event["body"].as_str().expect("a text")).expect("JSON");
        body[name] = value.clone();
        event["body"] = body.to_string().into();
    })
}

/// A placeholder for the request id.
const OWN_ID: &str = "its own";

/// The parts of the answer to a changed event that are compared. Its other fields are empty.
async fn answer(function: &LambdaFunction, key: &str, change: &EventChange) -> Value {
    let good = json!({
        "paymentKey": key, "orderId": "order_1", "amount": 10_000, "cancelReason": "x", "cancelAmount": 10_000
    });
    let mut event = function.event(key, &good.to_string());
    change(&mut event);
    let id = unique("request");
    let mut answer = function.invoke_as(&id, &event.to_string()).await;
    assert_eq!(answer["headers"]["x-request-id"], id, "{answer}");
    answer["headers"]["x-request-id"] = OWN_ID.into();
    json!({ "statusCode": answer["statusCode"], "headers": answer["headers"], "body": answer["body"] })
}

fn expected(status: u16, code: &str, message: &str, header: Header) -> Value {
    let mut headers =
        json!({ "content-type": "application/json", "cache-control": "no-store", "x-request-id": OWN_ID });
    if let Some((name, value)) = header {
        headers[name] = value.into();
    }
    json!({
        "statusCode": status,
        "headers": headers,
        "body": json!({ "code": code, "message": message }).to_string(),
    })
}

/// A change, and the expected answer.
type Case = (EventChange, Value);

fn case(change: EventChange, status: u16, code: &str, message: &str, header: Header) -> Case {
    (change, expected(status, code, message, header))
}

fn invalid(change: EventChange, message: &str) -> Case {
    case(change, 400, "INVALID_REQUEST", message, None)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_invalid_request_gets_its_exact_answer() {
    let table = empty_table().await;
    let functions = LambdaFunctions::new(dependencies(&table, fixed_clock()));
    let allow = Some(("allow", "POST"));
    let challenge = Some(("www-authenticate", r#"Basic realm="payments", charset="UTF-8""#));
    let unauthorized = r#"Send the header Authorization: Basic base64("<secret-key>:") with a valid key."#;
    let media_type = "Content-Type must be application/json.";
    let unreserved = "may contain only A-Z a-z 0-9 - . _ ~.";
    let integer = "must be an integer from 1 to 9007199254740991, written without fraction or exponent.";
    let cases = [
        case(at("/routeKey", "POST /v1/other"), 404, "NOT_FOUND", "There is nothing at this path.", None),
        case(at("/requestContext/http/method", "GET"), 405, "METHOD_NOT_ALLOWED", "This path takes POST.", allow),
        case(body(" ".repeat(16_385)), 413, "PAYLOAD_TOO_LARGE", "The body must not be over 16384 bytes.", None),
        case(at("/headers/authorization", Value::Null), 401, "UNAUTHORIZED", unauthorized, challenge),
        case(at("/headers/content-type", "text/plain"), 415, "UNSUPPORTED_MEDIA_TYPE", media_type, None),
        invalid(base64("/w=="), "The body must be UTF-8."),
        invalid(body("\u{feff}{}"), "The body must not begin with a byte order mark."),
        invalid(base64("//57AH0A"), "The body must be UTF-8, not UTF-16 or UTF-32."),
        invalid(base64("H4sI"), "The body must not be compressed (Content-Encoding)."),
        invalid(body("[]"), "The body must be one JSON object."),
        invalid(body("{}"), "paymentKey is required."),
        invalid(field("paymentKey", 1), "paymentKey must be a string."),
        invalid(field("paymentKey", ""), "paymentKey must have 1 to 200 characters."),
        invalid(field("paymentKey", ".."), "paymentKey must not be . or ..."),
        invalid(field("paymentKey", "a/b"), &format!("paymentKey {unreserved}")),
        invalid(body(r#"{"paymentKey":"a","paymentKey":"a"}"#), "paymentKey must appear only once."),
        invalid(field("orderId", "a".repeat(65)), "orderId must have 1 to 64 characters."),
        invalid(field("orderId", Value::Null), "orderId must be a string."),
        invalid(field("orderId", "é"), &format!("orderId {unreserved}")),
        invalid(field("amount", 0), &format!("amount {integer}")),
        invalid(field("amount", "1"), &format!("amount {integer}")),
        invalid(field("amount", 1.5), &format!("amount {integer}")),
        invalid(field("amount", 9_007_199_254_740_992_u64), &format!("amount {integer}")),
        invalid(field("amount", Value::Null), &format!("amount {integer}")),
        invalid(body(r#"{"paymentKey":"a","orderId":"a"}"#), "amount is required."),
    ];
    for (change, expected) in cases {
        for function in ["create", "confirm"] {
            let answer = answer(functions.named(function), "pay_1", &change).await;
            assert_eq!(answer, expected, "{function}");
        }
    }
    for (change, expected) in [
        invalid(at("/pathParameters/paymentKey", "a/b"), &format!("paymentKey {unreserved}")),
        invalid(at("/pathParameters", json!({ "other": "pay_1" })), "paymentKey is required."),
        invalid(field("cancelReason", " "), "cancelReason must not be blank."),
        invalid(field("cancelReason", "a\n"), "cancelReason must not contain control characters."),
        invalid(field("cancelAmount", -1), &format!("cancelAmount {integer}")),
    ] {
        let answer = answer(functions.named("cancel"), "pay_1", &change).await;
        assert_eq!(answer, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_gets_its_exact_answer() {
    let table = empty_table().await;
    let functions = LambdaFunctions::new(dependencies(&table, fixed_clock()));
    let key = &unique("refused");
    let [create, confirm, cancel] = ["create", "confirm", "cancel"].map(|name| functions.named(name));
    let as_it_is: EventChange = Box::new(|_| ());
    let of_other_terms = field("amount", 9_999);
    let in_part = field("cancelAmount", 9_999);
    let no_payment = (404, "NOT_FOUND", "There is no payment with this paymentKey.");
    let mismatch = (409, "AMOUNT_MISMATCH", "orderId or amount does not match the payment.");
    let partial = "cancelAmount does not match the payment's amount. Partial cancels are not supported.";
    for (function, change, refusal) in [
        (confirm, &as_it_is, Some(no_payment)),
        (cancel, &as_it_is, Some(no_payment)),
        (create, &as_it_is, None),
        (confirm, &of_other_terms, Some(mismatch)),
        (cancel, &as_it_is, Some((422, "NOT_APPROVED", "The payment is not approved."))),
        (confirm, &as_it_is, None),
        (cancel, &in_part, Some((409, "PARTIAL_MISMATCH", partial))),
        (cancel, &as_it_is, None),
        (confirm, &as_it_is, Some((422, "ALREADY_CANCELED", "The payment is canceled."))),
    ] {
        let answer = answer(function, key, change).await;
        match refusal {
            Some((status, code, message)) => assert_eq!(answer, expected(status, code, message, None)),
            None => assert_eq!(answer["statusCode"], 200, "{answer}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_does_not_reveal_its_cause() {
    let table = empty_table().await;
    let nobody = Table::at("http://127.0.0.1:1", &table.name);
    let missing = Table::at(&table.endpoint, "no-such-table");
    let unknown = "The outcome is unknown. Repeat the same request.";
    for (table, expected) in [
        (nobody, expected(503, "SERVICE_UNAVAILABLE", unknown, Some(("retry-after", "1")))),
        (missing, expected(500, "INTERNAL_ERROR", "Something is wrong on our side.", None)),
    ] {
        let function = LambdaFunction::new("create", dependencies(&table, fixed_clock()));
        let answer = answer(&function, "pay_1", &(Box::new(|_: &mut Value| ()) as EventChange)).await;
        assert_eq!(answer, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_differs_only_in_its_header() {
    let table = empty_table().await;
    let functions = LambdaFunctions::new(dependencies(&table, fixed_clock()));
    let key = &unique("replayed");
    let as_it_is: EventChange = Box::new(|_| ());
    for name in ["create", "confirm", "cancel"] {
        let first = answer(functions.named(name), key, &as_it_is).await;
        let mut again = answer(functions.named(name), key, &as_it_is).await;
        let headers = again["headers"].as_object_mut().expect("headers");
        assert_eq!(headers.remove("idempotent-replayed"), Some("true".into()), "{name}");
        assert_eq!(first["statusCode"], 200, "{name}");
        assert_eq!(again, first, "{name}");
    }
}

/// What a front end answers instead of a function.
#[test]
fn a_front_end_answers_as_a_function_would() {
    let answer = error_response(ApiError::Request(RequestError::Body(BodyError::Incomplete)), "request_1");
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.headers()["x-request-id"], "request_1");
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(answer.body(), r#"{"code":"INVALID_REQUEST","message":"The body could not be read to its end."}"#);
}
