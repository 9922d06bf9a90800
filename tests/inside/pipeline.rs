//! What holds for every endpoint: raw events never break a function, and a panic costs one request.

use payments_domain::Timestamp;
use payments_tests::{Function, Table, dependencies, empty_table, fixed_clock, unique};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn body(key: &str) -> String {
    json!({ "paymentKey": key, "orderId": "order_1", "amount": 10_000 }).to_string()
}

fn create(table: &Table) -> Function {
    Function::new("create", dependencies(table, fixed_clock()))
}

/// F43 of docs/reliability.md.
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_answered_500_and_the_next_request_is_served() {
    let table = empty_table().await;
    let panics = AtomicBool::new(true);
    let clock = Arc::new(move || {
        assert!(!panics.swap(false, Ordering::SeqCst), "the secret inside");
        Timestamp::from_unix(0).unwrap()
    });
    let function = Function::new("create", dependencies(&table, clock));
    let key = unique("panic");
    let answer = function.invoke(&function.event(&key, &body(&key))).await;
    assert_eq!(answer["statusCode"], 500);
    assert_eq!(answer["body"], r#"{"code":"INTERNAL_ERROR","message":"Something is wrong on our side."}"#);
    assert_eq!(answer["headers"].get("retry-after"), None);
    let answer = function.invoke(&function.event(&key, &body(&key))).await;
    assert_eq!(answer["statusCode"], 200, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_gateway_may_hand_over_never_fails_before_the_pipeline() {
    let table = empty_table().await;
    let function = create(&table);
    let key = unique("unclean");
    let with = |change: &dyn Fn(&mut Value)| {
        let mut event = function.event(&key, &body(&key));
        change(&mut event);
        event
    };
    let accepted = [
        ("a query string that is no URL's", with(&|e| e["rawQueryString"] = json!("a=\"<> \u{1}&%zz"))),
        ("a Host that is none", with(&|e| e["headers"]["host"] = json!("a b:99999"))),
        ("a scheme that is none", with(&|e| e["headers"]["x-forwarded-proto"] = json!("a b"))),
        ("a header with a line end", with(&|e| e["headers"]["x-any"] = json!("a\r\nb: c"))),
        ("a header's name that is none", with(&|e| e["headers"]["no name"] = json!("a"))),
        ("a header beyond ASCII", with(&|e| e["headers"]["x-any"] = json!("결제"))),
        ("a header that is null", with(&|e| e["headers"]["x-any"] = json!(null))),
        ("a header that is no string", with(&|e| e["headers"]["x-any"] = json!({ "a": [1] }))),
        ("a path parameter that nobody reads", with(&|e| e["pathParameters"]["x"] = json!(null))),
        ("cookies", with(&|e| e["cookies"] = json!(["a=1", "\n"]))),
        ("a path beyond repair", with(&|e| e["rawPath"] = json!("/a b/../\n#?"))),
        ("no path parameters", with(&|e| e["pathParameters"] = Value::Null)),
        ("a stage", with(&|e| e["requestContext"]["stage"] = json!("live"))),
        (
            "the body in base64",
            with(&|e| {
                use base64::Engine;
                e["body"] = json!(base64::engine::general_purpose::STANDARD.encode(body(&key)));
                e["isBase64Encoded"] = json!(true);
            }),
        ),
    ];
    for (case, event) in accepted {
        assert_eq!(function.invoke(&event).await["statusCode"], 200, "{case}");
    }
    let refused = [
        ("broken base64", with(&|e| e["isBase64Encoded"] = json!(true)), 400),
        ("base64 of no UTF-8", with(&|e| (e["body"], e["isBase64Encoded"]) = (json!("/w=="), json!(true))), 400),
        ("no body", with(&|e| e["body"] = Value::Null), 400),
        ("no headers", with(&|e| e["headers"] = Value::Null), 401),
        ("a method that is no token", with(&|e| e["requestContext"]["http"]["method"] = json!("PO ST")), 405),
        ("a type with a line end", with(&|e| e["headers"]["content-type"] = json!("application/json\n")), 415),
        (
            "the key's header in two spellings",
            with(&|e| e["headers"]["Authorization"] = e["headers"]["authorization"].clone()),
            401,
        ),
    ];
    for (case, event, status) in refused {
        assert_eq!(function.invoke(&event).await["statusCode"], status, "{case}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_another_trigger_is_an_error_that_quotes_nothing() {
    let table = empty_table().await;
    let function = create(&table);
    let key = unique("stranger");
    let mut version_1 = function.event(&key, &body(&key));
    version_1["version"] = json!("1.0");
    let strangers = [
        json!(null),
        json!({}),
        json!([]),
        json!("canary"),
        json!({ "Records": [{ "body": "canary" }] }),
        json!({ "version": "2.0", "headers": null }),
        json!({ "version": "2.0", "headers": { "authorization": 1 }, "requestContext": "canary" }),
        version_1,
    ];
    for stranger in strangers {
        let answer = function.invoke(&stranger).await;
        let expected = "the event is not an API Gateway HTTP API event of payload version 2.0";
        assert_eq!(answer, json!({ "error": expected }), "{stranger}");
        let good = function.event(&key, &body(&key));
        assert_eq!(function.invoke(&good).await["statusCode"], 200, "the next event is answered");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_reaches_the_payment_that_it_names_or_none() {
    let table = empty_table().await;
    let cancel = Function::new("cancel", dependencies(&table, fixed_clock()));
    let reason = json!({ "cancelReason": "USER_REQUEST", "cancelAmount": 10_000 }).to_string();
    for key in ["..", ".", "a/../b", "a\nb", "a\tb", "a\\b", "%2e%2e", "a%20b", "a b", "", "a#b", "a?b"] {
        let answer = cancel.invoke(&cancel.event(key, &reason)).await;
        assert_eq!(answer["statusCode"], 400, "{key:?}: {answer}");
        assert!(answer["body"].as_str().unwrap().contains("paymentKey"), "{key:?}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_without_a_request_id_is_not_made() {
    let table = empty_table().await;
    let function = create(&table);
    let key = unique("nameless");
    let answer = function.invoke_as("", &function.event(&key, &body(&key)).to_string()).await;
    assert_eq!(answer["statusCode"], 500, "it could not be told from another request's");
    assert_eq!(table.get(&key).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_string_that_is_no_unicode_matters_only_where_it_is_read() {
    let table = empty_table().await;
    let function = create(&table);
    let key = unique("surrogate");
    let event = function.event(&key, &body(&key)).to_string();
    // JSON can spell half a character, which no Rust string holds; serde_json::Value could not carry it here.
    for (what, from, to, status) in [
        ("in a header that nobody reads", r#""headers":{"#, r#""headers":{"x-any":"\ud800","#, 200),
        ("in a header's name", r#""headers":{"#, r#""headers":{"x-\ud800":"any","#, 200),
        ("in the media type", r#""application/json""#, r#""application/\ud800json""#, 415),
        ("in the key", r#""Basic "#, r#""Basic \ud800"#, 401),
    ] {
        assert!(event.contains(from), "{event}");
        let answer = function.invoke_as(&unique("request"), &event.replacen(from, to, 1)).await;
        assert_eq!(answer["statusCode"], status, "half a character {what}: {answer}");
    }
}
