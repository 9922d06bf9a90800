//! H116 to H118, and other input that can reach a function without its gateway: events of other triggers, events with fields of
//! other types, and text that is not an event.

use crate::framing;
use crate::request::RawRequest;
use crate::service::{AttackedService, KEY, MARK};
use payments_functions::FUNCTIONS;
use payments_test_function::authorization;
use serde_json::{Value, json};

const NOT_HTTP: &str = "the event is not an API Gateway HTTP API event of payload version 2.0";

/// A valid event that creates a new payment.
fn good() -> Value {
    RawRequest::create().events().remove(0)
}

impl AttackedService {
    /// The next event is still answered.
    async fn serves_the_next(&self, before: &str) {
        let received = self.invoke("create", &good()).await;
        assert_eq!((received.answer.status, received.calls.len()), (200, 1), "after {before}: {received:?}");
    }

    /// An event that does not come from a gateway is an error that says only that.
    async fn refuses_the_event(&self, what: &str, event: &str) {
        for operation in FUNCTIONS.map(|function| function.name) {
            let answer = self.invoke_raw(operation, event).await;
            assert_eq!(answer, Err(NOT_HTTP.to_owned()), "{operation}, {what}: {event}");
            assert_eq!(self.calls(), Vec::<String>::new(), "{operation} writes nothing, {what}: {event}");
        }
        self.serves_the_next(what).await;
    }
}

/// Events of other triggers, each with a marker that must not appear in any output. They are abridged from the examples of the
/// Lambda developer guide.
fn of_other_triggers() -> Vec<(&'static str, Value)> {
    let record = |source: &str, more: Value| json!({ "Records": [{ "eventSource": source, "x": more }] });
    let rest = json!({
        "version": "1.0", "resource": "/v1/payments", "path": "/v1/payments", "httpMethod": "POST",
        "headers": { "Authorization": authorization(KEY) }, "multiValueHeaders": {}, "pathParameters": null,
        "requestContext": { "httpMethod": "POST", "stage": "live" }, "body": MARK, "isBase64Encoded": false,
    });
    let mut rest_without_version = rest.clone();
    rest_without_version.as_object_mut().expect("an object").remove("version");
    vec![
        ("H117 an HTTP API of payload version 1.0", rest),
        ("H116 a REST API", rest_without_version),
        ("H116 SQS", record("aws:sqs", json!({ "body": MARK }))),
        ("H116 S3", record("aws:s3", json!({ "s3": { "object": { "key": MARK } } }))),
        ("H116 SNS", json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "Message": MARK } }] })),
        ("H116 DynamoDB Streams", record("aws:dynamodb", json!({ "Keys": { "paymentKey": { "S": MARK } } }))),
        ("H116 Kinesis", record("aws:kinesis", json!({ "kinesis": { "data": MARK } }))),
        ("H116 EventBridge", json!({ "version": "0", "detail-type": "Scheduled Event", "detail": { "x": MARK } })),
        (
            "H116 a load balancer",
            json!({ "requestContext": { "elb": {} }, "httpMethod": "POST", "path": "/", "body": MARK }),
        ),
        ("H116 WebSocket", json!({ "requestContext": { "routeKey": "$connect", "connectionId": MARK } })),
        (
            "H116 an authorizer",
            json!({ "version": "2.0", "type": "REQUEST", "routeArn": MARK, "identitySource": [KEY] }),
        ),
        ("H116 CloudFormation", json!({ "RequestType": "Create", "ResponseURL": MARK })),
        ("H116 a test of the console", json!({ "key1": "value1", "key2": MARK })),
    ]
}

/// Values of every type that JSON has, and a few that look right.
fn values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(""),
        json!(MARK),
        json!("2.0"),
        json!([]),
        json!([MARK]),
        json!({}),
        json!({ MARK: MARK }),
        json!({ "http": null }),
        json!([[[[[[]]]]]]),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_another_trigger_is_an_error_that_does_not_quote_it() {
    let service = AttackedService::start().await;
    service.protect([MARK.to_owned()]);
    for (what, event) in of_other_triggers() {
        let text = event.to_string();
        assert!(text.contains(MARK), "{what} has a marker");
        service.refuses_the_event(what, &text).await;
    }
    for value in values().into_iter().filter(|value| !value.is_object()) {
        service.refuses_the_event("a value alone", &value.to_string()).await;
    }
    for (what, event) in [
        ("H116 nothing", json!({})),
        ("H118 no context", json!({ "version": "2.0", "headers": null, "body": MARK })),
        ("H118 a context that is null", json!({ "version": "2.0", "requestContext": null })),
        ("H118 a context without HTTP", json!({ "version": "2.0", "requestContext": { "requestId": MARK } })),
        (
            "H118 a context without a method",
            json!({ "version": "2.0", "requestContext": { "http": { "path": MARK } } }),
        ),
        ("H118 headers that are a list", json!({ "version": "2.0", "headers": [MARK], "requestContext": MARK })),
    ] {
        service.refuses_the_event(what, &event.to_string()).await;
    }
    service.kept_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_of_any_type_gets_an_answer_or_a_clean_error() {
    let service = AttackedService::start().await;
    service.protect([MARK.to_owned()]);
    let places = [
        "/version",
        "/routeKey",
        "/rawPath",
        "/rawQueryString",
        "/headers",
        "/headers/authorization",
        "/headers/content-type",
        "/headers/accept-language",
        "/requestContext",
        "/requestContext/http",
        "/requestContext/http/method",
        "/requestContext/requestId",
        "/pathParameters",
        "/pathParameters/paymentKey",
        "/pathParameters/orderId",
        "/queryStringParameters",
        "/queryStringParameters/t",
        "/body",
        "/isBase64Encoded",
    ];
    for operation in FUNCTIONS.map(|function| function.name) {
        for place in places {
            for value in values() {
                let request = RawRequest::to(operation).with("Accept-Language", "ko");
                let target = format!("{}?t=qQgT5NSCPoumWoS7H-zitQ", request.target);
                let mut event = request.target(target).events().remove(0);
                let Some(field) = event.pointer_mut(place) else { continue };
                *field = value.clone();
                let what = format!("{operation} with {place} as {value}");
                let answer = service.invoke_raw(operation, &event.to_string()).await;
                let writes = service.calls();
                if answer.as_ref().is_err_and(|error| error == NOT_HTTP) {
                    assert_eq!(writes, Vec::<String>::new(), "{what}");
                    continue;
                }
                let answer = answer.unwrap_or_else(|error| panic!("{what}: {error}"));
                assert!(place != "/version" || value == "2.0", "{what}: {answer}");
                let status = answer.status;
                // There is no payment to confirm, to cancel or to retrieve.
                let done = if ["create", "list"].contains(&operation) { 200 } else { 404 };
                let reached = status == done && !writes.is_empty();
                assert!(reached || (400..500).contains(&status), "{what}: {answer}");
                assert_eq!(writes.len(), usize::from(reached), "{what}: {answer}");
                let (key, routed) = (place.ends_with("authorization"), !place.ends_with("routeKey"));
                let needs_a_key = operation != "receipt";
                assert!(!(reached && key && needs_a_key), "{what}, and no event passes without the key: {answer}");
                assert!(status != 401 || key || place == "/headers", "{what}: {answer}");
                assert!(routed || status == 200 || status == 404, "{what}, and the path decides the route: {answer}");
            }
        }
        service.serves_the_next(operation).await;
    }
    service.kept_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn text_that_is_not_an_event_is_a_clean_error() {
    let service = AttackedService::start().await;
    let event = good().to_string();
    // Lambda checks that an event is JSON, so this would need another runtime.
    for text in ["", "{", "\u{0}", MARK, "\"", "[1,]", "{\"version\":\"2.0\"}}"] {
        for end in [text, &event[..event.len() - 1]] {
            let answer = service.invoke_raw("create", end).await;
            assert!(answer.is_err(), "{end}: {answer:?}");
            assert_eq!(service.calls(), Vec::<String>::new(), "{end}");
        }
    }
    // What JSON allows and a gateway does not send.
    let twice = |name: &str| event.replacen('{', &format!("{{{name},"), 1);
    for unclean in [twice(r#""version":"2.0""#), twice(r#""headers":{}"#), twice(r#""body":"""#)] {
        service.refuses_the_event("a field twice", &unclean).await;
    }
    for (what, more) in [
        ("100,000 arrays", format!(r#""x":{}{}"#, "[".repeat(100_000), "]".repeat(100_000))),
        ("100,000 fields", (0..100_000).map(|n| format!(r#""x{n}":1"#)).collect::<Vec<_>>().join(",")),
        ("a field without a name", r#""":1"#.to_owned()),
        ("half a character", r#""x":"\ud800""#.to_owned()),
        ("a number too large for any type", format!(r#""x":{}"#, "9".repeat(100_000))),
    ] {
        let answer = service.invoke_raw("create", &good().to_string().replacen('{', &format!("{{{more},"), 1)).await;
        assert!(answer.is_ok_and(|answer| answer.is_first()), "{what} is ignored");
        assert_eq!(service.calls().len(), 1, "{what}");
    }
    service.serves_the_next("all of them").await;
    service.kept_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn unusual_events_of_a_gateway_reach_the_pipeline() {
    let service = AttackedService::start().await;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut event = good();
        change(&mut event);
        event
    };
    let accepted = [
        ("H56 an invalid query string", with(&|e| e["rawQueryString"] = json!("a=\"<> \u{1}&%zz"))),
        ("H54 an invalid Host", with(&|e| e["headers"]["host"] = json!("a b:99999"))),
        ("H55 an invalid scheme", with(&|e| e["headers"]["x-forwarded-proto"] = json!("a b"))),
        ("a header with a line end", with(&|e| e["headers"]["x-any"] = json!("a\r\nb: c"))),
        ("an invalid header name", with(&|e| e["headers"]["no name"] = json!("a"))),
        ("a header beyond ASCII", with(&|e| e["headers"]["x-any"] = json!("결제"))),
        ("a header that is null", with(&|e| e["headers"]["x-any"] = json!(null))),
        ("a header that is not a string", with(&|e| e["headers"]["x-any"] = json!({ "a": [1] }))),
        ("an unknown path parameter", with(&|e| e["pathParameters"] = json!({ "x": null }))),
        ("cookies", with(&|e| e["cookies"] = json!(["a=1", "\n"]))),
        ("an invalid path", with(&|e| e["rawPath"] = json!("/a b/../\n#?"))),
        ("H51 a stage", with(&|e| e["requestContext"]["stage"] = json!("live"))),
    ];
    for (case, event) in accepted {
        let received = service.invoke("create", &event).await;
        assert_eq!((received.answer.status, received.calls.len()), (200, 1), "{case}: {received:?}");
    }
    let two_spellings = with(&|e| e["headers"]["Authorization"] = e["headers"]["authorization"].clone());
    let refused = [
        ("H118 no headers", with(&|e| e["headers"] = Value::Null), 401),
        ("H25 the key's header in two spellings", two_spellings, 401),
        ("a type with a line end", with(&|e| e["headers"]["content-type"] = json!("application/json\n")), 415),
    ];
    for (case, event, status) in refused {
        let received = service.invoke("create", &event).await;
        assert_eq!((received.answer.status, received.calls.len()), (status, 0), "{case}: {received:?}");
    }
    for (number, case, event, status) in framing::events() {
        let received = service.invoke("create", &event).await;
        assert_eq!(
            (received.answer.status, received.calls.len()),
            (status, usize::from(status == 200)),
            "{number} {case}: {received:?}"
        );
    }
    service.kept_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_unicode_matters_only_in_fields_that_are_read() {
    let service = AttackedService::start().await;
    // JSON can spell half a character, which no Rust string holds; serde_json::Value could not carry it here.
    for (what, from, to, status) in [
        ("in an unknown header", r#""headers":{"#, r#""headers":{"x-any":"\ud800","#, 200),
        ("in a header's name", r#""headers":{"#, r#""headers":{"x-\ud800":"any","#, 200),
        ("in the media type", r#""application/json""#, r#""application/\ud800json""#, 415),
        ("in the key", r#""Basic "#, r#""Basic \ud800"#, 401),
    ] {
        let event = good().to_string();
        assert!(event.contains(from), "{event}");
        let answer = service.invoke_raw("create", &event.replacen(from, to, 1)).await;
        assert_eq!(answer.map(|answer| answer.status), Ok(status), "half a character {what}");
    }
    service.kept_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_reaches_the_payment_that_it_names_or_none() {
    let service = AttackedService::start().await;
    for key in ["..", ".", "a/../b", "a\nb", "a\tb", "a\\b", "%2e%2e", "a%20b", "a b", "", "a#b", "a?b"] {
        for (operation, name) in [("cancel", "paymentKey"), ("retrieve", "paymentKey"), ("list", "orderId")] {
            let mut event = RawRequest::to(operation).events().remove(0);
            event["pathParameters"][name] = json!(key);
            let received = service.invoke(operation, &event).await;
            assert_eq!((received.answer.status, received.calls.len()), (400, 0), "{key:?}: {received:?}");
            assert!(received.answer.body.contains(name), "{key:?}: {received:?}");
        }
    }
}
