//! The answer to each kind of request, and how many requests go to the store for it, counted at the wire. The words of a refusal are
//! in `languages.feature` of the acceptance tests.

use payments_http::{ApiError, BodyError, Dependencies, RequestError, error_response};
use payments_language::{Language, Text};
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
struct Error(u16, &'static str, Text, Option<(&'static str, &'static str)>);

impl Error {
    /// The whole answer to a request with this id, in a language.
    fn answer(&self, id: &str, language: Language) -> Answer {
        let Self(status, code, message, header) = self;
        let message = message.clone().in_language(language);
        let common = [
            ("content-type", "application/json"),
            ("content-language", language.tag()),
            ("cache-control", "no-store"),
            ("x-request-id", id),
        ];
        let headers = common.into_iter().chain(*header).map(|(name, value)| (name.to_owned(), value.to_owned()));
        let body = json!({ "code": code, "message": message }).to_string();
        Answer { status: *status, headers: headers.collect::<BTreeMap<_, _>>(), body }
    }
}

fn error(status: u16, code: &'static str, en: &str, ko: &str) -> Error {
    Error(status, code, Text { en: en.to_owned(), ko: ko.to_owned() }, None)
}

fn no_route() -> Error {
    error(404, "NOT_FOUND", "There is nothing at this path.", "존재하지 않는 경로입니다.")
}

fn another_method(allow: &'static str) -> Error {
    let (en, ko) = (format!("This path takes {allow}."), format!("이 경로에서 사용할 수 있는 메서드는 {allow}입니다."));
    Error(405, "METHOD_NOT_ALLOWED", Text { en, ko }, Some(("allow", allow)))
}

fn too_large() -> Error {
    let (en, ko) = ("The body must not be over 16384 bytes.", "요청 본문은 16384바이트를 초과할 수 없습니다.");
    error(413, "PAYLOAD_TOO_LARGE", en, ko)
}

fn unauthorized() -> Error {
    let en = r#"Send the header Authorization: Basic base64("<secret-key>:") with a valid key."#;
    let ko =
        r#"인증에 실패했습니다. 유효한 시크릿 키로 Authorization: Basic base64("<secret-key>:") 헤더를 보내 주십시오."#;
    let challenge = ("www-authenticate", r#"Basic realm="payments", charset="UTF-8""#);
    Error(401, "UNAUTHORIZED", Text { en: en.to_owned(), ko: ko.to_owned() }, Some(challenge))
}

fn another_media_type() -> Error {
    let (en, ko) = ("Content-Type must be application/json.", "Content-Type은 application/json이어야 합니다.");
    error(415, "UNSUPPORTED_MEDIA_TYPE", en, ko)
}

fn invalid(en: &str, ko: &str) -> Error {
    error(400, "INVALID_REQUEST", en, ko)
}

/// A field that breaks a rule, from what stands behind its name in each language.
fn wrong(field: &str, en: &str, ko: &str) -> Error {
    invalid(&format!("{field} {en}"), &format!("{field} {ko}"))
}

fn missing(field: &str) -> Error {
    wrong(field, "is required.", "필드는 필수입니다.")
}

fn longer_than(field: &str, most: usize) -> Error {
    let (en, ko) = (format!("must have 1 to {most} characters."), format!("필드는 1자 이상 {most}자 이하여야 합니다."));
    wrong(field, &en, &ko)
}

fn unreserved(field: &str) -> Error {
    wrong(field, "may contain only A-Z a-z 0-9 - . _ ~.", "필드에는 A-Z a-z 0-9 - . _ ~ 문자만 사용할 수 있습니다.")
}

fn dots(field: &str) -> Error {
    wrong(field, "must not be . or ...", "필드의 값은 . 또는 ..일 수 없습니다.")
}

fn integer(field: &str) -> Error {
    wrong(
        field,
        "must be an integer from 1 to 9007199254740991, written without fraction or exponent.",
        "필드는 소수점이나 지수 표기 없이 1 이상 9007199254740991 이하의 정수여야 합니다.",
    )
}

async fn gets(function: &LambdaFunction, change: &EventChange, error: &Error) {
    let mut body = terms_of("pay_1", ORDER, 10_000);
    (body["cancelReason"], body["cancelAmount"]) = ("x".into(), 10_000.into());
    let mut event = function.event("pay_1", &body);
    change(&mut event);
    for (accepted, language) in [(None, Language::English), (Some("ko-KR, en;q=0.9"), Language::Korean)] {
        event["headers"]["accept-language"] = json!(accepted);
        let id = unique("request");
        let answer = function.invoke_as(&id, &event.to_string()).await;
        assert_eq!(answer, Ok(error.answer(&id, language)), "{}: {event}", function.logical_id());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_request_gets_its_exact_answer_and_makes_no_write() {
    let table = empty_table().await;
    let wire = Wire::to(&table.endpoint).await;
    let functions = LambdaFunctions::new(dependencies(&table.by_way_of(&wire.endpoint), fixed_clock()));
    for (change, error) in [
        (at("/routeKey", "POST /v1/other"), no_route()),
        (at("/requestContext/http/method", "GET"), another_method("POST")),
        (body(" ".repeat(16_385)), too_large()),
        (at("/headers/authorization", Value::Null), unauthorized()),
        (at("/headers/content-type", "text/plain"), another_media_type()),
        (base64("/w=="), invalid("The body must be UTF-8.", "요청 본문은 UTF-8이어야 합니다.")),
        (
            body("\u{feff}{}"),
            invalid(
                "The body must not begin with a byte order mark.",
                "요청 본문은 BOM(byte order mark)으로 시작할 수 없습니다.",
            ),
        ),
        (
            base64("//57AH0A"),
            invalid(
                "The body must be UTF-8, not UTF-16 or UTF-32.",
                "요청 본문은 UTF-16이나 UTF-32가 아니라 UTF-8이어야 합니다.",
            ),
        ),
        (
            base64("H4sI"),
            invalid(
                "The body must not be compressed (Content-Encoding).",
                "압축된 요청 본문(Content-Encoding)은 지원하지 않습니다.",
            ),
        ),
        (body("[]"), invalid("The body must be one JSON object.", "요청 본문은 하나의 JSON 객체여야 합니다.")),
        (body("{}"), missing("paymentKey")),
        (
            body(r#"{"paymentKey":"a","paymentKey":"a"}"#),
            wrong("paymentKey", "must appear only once.", "필드는 한 번만 보낼 수 있습니다."),
        ),
        (field("paymentKey", 1), wrong("paymentKey", "must be a string.", "필드는 문자열이어야 합니다.")),
        (field("paymentKey", ""), longer_than("paymentKey", 200)),
        (field("paymentKey", ".."), dots("paymentKey")),
        (field("paymentKey", "a/b"), unreserved("paymentKey")),
        (field("orderId", "a".repeat(65)), longer_than("orderId", 64)),
        (field("amount", 0), integer("amount")),
    ] {
        for function in ["create", "confirm"] {
            gets(functions.named(function), &change, &error).await;
        }
    }
    for (change, error) in [
        (at("/pathParameters/paymentKey", "a/b"), unreserved("paymentKey")),
        (at("/pathParameters", json!({ "other": "pay_1" })), missing("paymentKey")),
        (field("cancelReason", " "), wrong("cancelReason", "must not be blank.", "필드는 공백일 수 없습니다.")),
        (
            field("cancelReason", "a\n"),
            wrong("cancelReason", "must not contain control characters.", "필드에는 제어 문자를 사용할 수 없습니다."),
        ),
        (field("cancelAmount", -1), integer("cancelAmount")),
    ] {
        gets(functions.named("cancel"), &change, &error).await;
    }
    for (change, error) in [
        (at("/routeKey", "GET /v1/other"), no_route()),
        (at("/requestContext/http/method", "POST"), another_method("GET")),
        (body(" ".repeat(16_385)), too_large()),
        (at("/headers/authorization", Value::Null), unauthorized()),
        (at("/pathParameters/paymentKey", "a/b"), unreserved("paymentKey")),
        (at("/pathParameters", json!({ "other": "pay_1" })), missing("paymentKey")),
    ] {
        gets(functions.named("retrieve"), &change, &error).await;
    }
    for (change, error) in [
        (at("/routeKey", "GET /v1/payments/{paymentKey}"), no_route()),
        (at("/pathParameters/orderId", "a/b"), unreserved("orderId")),
        (at("/pathParameters/orderId", "a".repeat(65)), longer_than("orderId", 64)),
        (at("/pathParameters/orderId", "."), dots("orderId")),
        (at("/pathParameters", json!({ "paymentKey": "pay_1" })), missing("orderId")),
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

/// The rules of the header itself are in `payments_language`.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_prefers_none_of_our_languages_gets_the_default() {
    let table = empty_table().await;
    let language = Language::Korean;
    let functions = LambdaFunctions::new(Dependencies { language, ..dependencies(&table, fixed_clock()) });
    let unknown = error(
        404,
        "NOT_FOUND",
        "There is no payment with this paymentKey.",
        "존재하지 않는 결제입니다. 결제 키(paymentKey)를 확인해 주십시오.",
    );
    let function = functions.named("retrieve");
    for (header, language) in [
        (Value::Null, Language::Korean),
        (json!("fr"), Language::Korean),
        (json!("en;q=x"), Language::Korean),
        (json!(["en"]), Language::Korean),
        (json!(1), Language::Korean),
        (json!("en-US,en;q=0.5"), Language::English),
    ] {
        let mut event = function.event("pay_1", &Value::Null);
        event["headers"]["Accept-Language"] = header;
        let answer = function.invoke_as("request_1", &event.to_string()).await;
        assert_eq!(answer, Ok(unknown.answer("request_1", language)), "{event}");
    }
}

/// What a front end answers instead of a function.
#[test]
fn a_front_end_answers_as_a_function_would() {
    let incomplete = ApiError::Request(RequestError::Body(BodyError::Incomplete));
    let answer = error_response(&incomplete, "request_1", Language::Korean);
    let expected = invalid("The body could not be read to its end.", "요청 본문을 끝까지 읽지 못했습니다.")
        .answer("request_1", Language::Korean);
    assert_eq!((answer.status().as_u16(), answer.body()), (expected.status, &expected.body));
    let headers = answer.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    assert_eq!(headers.collect::<BTreeMap<_, _>>(), expected.headers);
}
