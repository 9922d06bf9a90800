//! What holds for every endpoint: a panic costs one request, and no write is made that could not be told from another's.

use payments_domain::Timestamp;
use payments_test_function::{Function, dependencies, fixed_clock};
use payments_test_table::{empty_table, unique};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn body(key: &str) -> String {
    json!({ "paymentKey": key, "orderId": "order_1", "amount": 10_000 }).to_string()
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
async fn a_write_without_a_request_id_is_not_made() {
    let table = empty_table().await;
    let function = Function::new("create", dependencies(&table, fixed_clock()));
    let key = unique("nameless");
    let answer = function.invoke_as("", &function.event(&key, &body(&key)).to_string()).await;
    assert_eq!(answer["statusCode"], 500, "it could not be told from another request's");
    assert_eq!(table.get(&key).await, None);
}
