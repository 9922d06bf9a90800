//! The answers of `openapi.yaml` that no request causes: those of a store that is down, and of one without the table.

use payments_test_function::{LambdaFunctions, dependencies, fixed_clock};
use payments_test_table::{Table, empty_table, unique};
use payments_tests::{Answer, HttpRequest, OpenApi};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The answer that a client would get for an answer of a function.
fn over_http(answer: &Value) -> Answer {
    let headers = answer["headers"].as_object().expect("headers").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    Answer {
        status: answer["statusCode"].as_u64().and_then(|status| status.try_into().ok()).expect("a status"),
        headers: headers.map(|(name, value)| (name.clone(), text(value))).collect(),
        body: text(&answer["body"]),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_store_is_answered_as_openapi_yaml_says() {
    let contract = OpenApi::read();
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let there = empty_table().await;
    let without_the_table = Table::at(&there.endpoint, &unique("no_such_table"));
    for table in [Table::at(&format!("http://{gone}"), "payments"), without_the_table] {
        let functions = LambdaFunctions::new(dependencies(&table, fixed_clock()));
        for (name, path, body) in [
            ("create", "/v1/payments", json!({ "paymentKey": "pay_1", "orderId": "order_1", "amount": 1 })),
            ("confirm", "/v1/payments/confirm", json!({ "paymentKey": "pay_1", "orderId": "order_1", "amount": 1 })),
            ("cancel", "/v1/payments/pay_1/cancel", json!({ "cancelReason": "USER_REQUEST", "cancelAmount": 1 })),
        ] {
            let function = functions.named(name);
            let answer = function.invoke(&function.event("pay_1", &body.to_string())).await;
            contract.check(&HttpRequest::post(path, "", body.to_string()), &over_http(&answer));
        }
    }
    assert_eq!(
        contract.seen(),
        contract.described(|status| [500, 503].contains(&status)),
        "answers in the examples' words"
    );
}

#[test]
fn a_client_accepts_additions_of_later_versions_and_api_gateways_own_answers() {
    let contract = OpenApi::read();
    let payment = json!({ "paymentKey": "pay_1", "orderId": "order_1", "status": "EXPIRED", "new": 1 });
    let approved = json!({
        "paymentKey": "pay_1", "orderId": "order_1", "method": "TRANSFER", "approvedAt": "2024-01-01T12:34:56Z",
        "totalAmount": 1, "status": "SETTLED", "receipt": { "url": "https://pay.local/receipts/pay_1", "new": 1 }, "new": 1,
    });
    let canceled = json!({ "status": "REFUNDED", "canceledAt": "2024-01-01T12:34:56Z", "new": 1 });
    for (schema, body) in [
        ("CreatedPayment", payment),
        ("ApprovedPayment", approved),
        ("CanceledPayment", canceled),
        ("ApiError", json!({ "code": "NEW", "message": "a new error", "new": 1 })),
        ("ApiError", json!({ "message": "Too Many Requests" })),
    ] {
        assert!(contract.is_accepted(schema, &body), "{schema}: {body}");
    }
    assert!(!contract.is_accepted("ApiError", &json!({ "code": "NEW" })), "a schema says something");
}
