//! How many requests go to the store, counted at the wire: none before the key and the body are accepted, then exactly one
//! conditional write.

use payments_test_function::{LambdaFunction, LambdaFunctions, dependencies, fixed_clock};
use payments_test_table::{Wire, empty_table, unique};
use serde_json::{Value, json};

/// F39 of docs/reliability.md: no decision depends on a read.
#[tokio::test(flavor = "multi_thread")]
async fn every_outcome_takes_one_conditional_write() {
    let table = empty_table().await;
    let wire = Wire::to(&table.endpoint).await;
    let functions = LambdaFunctions::new(dependencies(&table.by_way_of(&wire.endpoint), fixed_clock()));
    let key = unique("requests");
    let terms = |amount: u64| json!({ "paymentKey": key, "orderId": "order_1", "amount": amount }).to_string();
    let reason = |amount: u64| json!({ "cancelReason": "USER_REQUEST", "cancelAmount": amount }).to_string();
    let steps = [
        ("confirm of an unknown payment", "confirm", terms(10), 404, "UpdateItem"),
        ("cancel of an unknown payment", "cancel", reason(10), 404, "UpdateItem"),
        ("create", "create", terms(10), 200, "PutItem"),
        ("create again", "create", terms(10), 200, "PutItem"),
        ("create with other terms", "create", terms(11), 200, "PutItem"),
        ("cancel before approval", "cancel", reason(10), 422, "UpdateItem"),
        ("confirm with another amount", "confirm", terms(11), 409, "UpdateItem"),
        ("confirm", "confirm", terms(10), 200, "UpdateItem"),
        ("confirm again", "confirm", terms(10), 200, "UpdateItem"),
        ("cancel of another amount", "cancel", reason(11), 409, "UpdateItem"),
        ("cancel", "cancel", reason(10), 200, "UpdateItem"),
        ("cancel again", "cancel", reason(10), 200, "UpdateItem"),
        ("confirm after cancel", "confirm", terms(10), 422, "UpdateItem"),
    ];
    for (step, name, body, status, operation) in steps {
        let function = functions.named(name);
        let answer = function.invoke(&function.event(&key, &body)).await;
        assert_eq!(answer["statusCode"], status, "{step}: {answer}");
        assert_eq!(wire.requests(), [operation], "{step} is exactly one write");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_refused_before_the_payment_makes_no_write() {
    let table = empty_table().await;
    let wire = Wire::to(&table.endpoint).await;
    let create = LambdaFunction::new("create", dependencies(&table.by_way_of(&wire.endpoint), fixed_clock()));
    let key = unique("refused");
    let good = json!({ "paymentKey": key, "orderId": "order_1", "amount": 10 }).to_string();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut event = create.event(&key, &good);
        change(&mut event);
        event
    };
    let refused = [
        ("another route", with(&|e| e["routeKey"] = json!("POST /v1/other")), 404),
        ("another method", with(&|e| e["requestContext"]["http"]["method"] = json!("PUT")), 405),
        ("too large", with(&|e| e["body"] = json!(" ".repeat(16_385))), 413),
        ("no key", with(&|e| e["headers"] = json!({})), 401),
        ("another type", with(&|e| e["headers"]["content-type"] = json!("text/plain")), 415),
        ("not JSON", with(&|e| e["body"] = json!("[]")), 400),
        ("a broken rule", with(&|e| e["body"] = json!(good.replace("10", "0"))), 400),
    ];
    for (case, event, status) in refused {
        let answer = create.invoke(&event).await;
        assert_eq!(answer["statusCode"], status, "{case}: {answer}");
    }
    assert_eq!(wire.requests(), Vec::<String>::new(), "nothing reached the store");
    assert_eq!(table.get(&key).await, None);
}
