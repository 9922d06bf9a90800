//! The answers that no request causes: those of a store that cannot be reached, and of one without the table.

use payments_test_function::{LambdaFunctions, dependencies, fixed_clock};
use payments_test_table::{Table, empty_table, unique};
use payments_tests::{Answer, HttpRequest, OpenApi};
use serde_json::{Value, json};

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

/// Checks them against the contract.
pub(crate) async fn a_failing_store_is_answered_as_openapi_yaml_says(contract: &OpenApi) {
    let there = empty_table().await;
    let without_the_table = Table::at(&there.endpoint, &unique("no_such_table"));
    for table in [Table::at("http://127.0.0.1:1", "payments"), without_the_table] {
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
}
