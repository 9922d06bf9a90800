//! What a request costs at the store, counted at the wire: nothing before the key and the body are accepted, then one
//! conditional write, whatever the outcome.

use lambda_runtime::{Context, LambdaEvent};
use payments_cancel::Cancel;
use payments_confirm::Confirm;
use payments_create::Create;
use payments_http::{Endpoint, Function, Incoming};
use payments_tests::{SECRET_KEY, Wire, authorization, empty_table, fixed_clock, service, unique};
use serde_json::{Value, json};
use std::sync::Arc;

/// An event of an endpoint's route.
pub(crate) fn event<E: Endpoint>(key: &str, body: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": E::ROUTE.key(),
        "rawPath": E::ROUTE.path.replace("{paymentKey}", key),
        "headers": { "authorization": authorization(SECRET_KEY), "content-type": "application/json" },
        "requestContext": { "http": { "method": E::ROUTE.method } },
        "pathParameters": { "paymentKey": key },
        "body": body,
        "isBase64Encoded": false,
    })
}

/// A function's answer to an event, each with a request id of its own.
pub(crate) async fn invoke<E: Endpoint>(function: &Function<E>, event: &Value) -> Value {
    let event: Incoming = serde_json::from_value(event.clone()).expect("any JSON is taken");
    let mut context = Context::default();
    context.request_id = unique("request");
    match function.handle(LambdaEvent::new(event, context)).await {
        Ok(answer) => serde_json::to_value(answer).expect("an answer is JSON"),
        Err(error) => json!({ "error": error.to_string() }),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_conditional_write_whatever_the_outcome() {
    let table = empty_table().await;
    let wire = Wire::to(&table.endpoint).await;
    let service = Arc::new(service(&wire.endpoint, fixed_clock()));
    let create = Function::<Create>::new(Arc::clone(&service));
    let confirm = Function::<Confirm>::new(Arc::clone(&service));
    let cancel = Function::<Cancel>::new(service);
    let key = unique("requests");
    let terms = |amount: u64| json!({ "paymentKey": key, "orderId": "order_1", "amount": amount }).to_string();
    let reason = |amount: u64| json!({ "cancelReason": "USER_REQUEST", "cancelAmount": amount }).to_string();
    let of = |body: &str| (event::<Create>(&key, body), event::<Confirm>(&key, body), event::<Cancel>(&key, body));

    let steps: [(&str, Value, u16, &str); 13] = [
        ("confirm of an unknown payment", of(&terms(10)).1, 404, "UpdateItem"),
        ("cancel of an unknown payment", of(&reason(10)).2, 404, "UpdateItem"),
        ("create", of(&terms(10)).0, 200, "PutItem"),
        ("create again", of(&terms(10)).0, 200, "PutItem"),
        ("create with other terms", of(&terms(11)).0, 200, "PutItem"),
        ("cancel before approval", of(&reason(10)).2, 422, "UpdateItem"),
        ("confirm with another amount", of(&terms(11)).1, 409, "UpdateItem"),
        ("confirm", of(&terms(10)).1, 200, "UpdateItem"),
        ("confirm again", of(&terms(10)).1, 200, "UpdateItem"),
        ("cancel of another amount", of(&reason(11)).2, 409, "UpdateItem"),
        ("cancel", of(&reason(10)).2, 200, "UpdateItem"),
        ("cancel again", of(&reason(10)).2, 200, "UpdateItem"),
        ("confirm after cancel", of(&terms(10)).1, 422, "UpdateItem"),
    ];
    for (step, event, status, operation) in steps {
        let answer = match event["routeKey"].as_str() {
            Some("POST /v1/payments") => invoke(&create, &event).await,
            Some("POST /v1/payments/confirm") => invoke(&confirm, &event).await,
            _ => invoke(&cancel, &event).await,
        };
        assert_eq!(answer["statusCode"], status, "{step}: {answer}");
        assert_eq!(wire.operations(), [operation], "{step} is exactly one write");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_refused_before_the_payment_costs_nothing() {
    let table = empty_table().await;
    let wire = Wire::to(&table.endpoint).await;
    let create = Function::<Create>::new(Arc::new(service(&wire.endpoint, fixed_clock())));
    let key = unique("refused");
    let good = json!({ "paymentKey": key, "orderId": "order_1", "amount": 10 }).to_string();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut event = event::<Create>(&key, &good);
        change(&mut event);
        event
    };
    let refused = [
        ("another route", with(&|e| e["routeKey"] = json!("POST /v1/other")), 404),
        ("another method", with(&|e| e["requestContext"]["http"]["method"] = json!("PUT")), 405),
        ("too large", with(&|e| e["body"] = json!(" ".repeat(16_385))), 413),
        ("no key", with(&|e| e["headers"] = json!({})), 401),
        ("another type", with(&|e| e["headers"]["content-type"] = json!("text/plain")), 415),
        ("no JSON", with(&|e| e["body"] = json!("[]")), 400),
        ("a broken rule", with(&|e| e["body"] = json!(good.replace("10", "0"))), 400),
    ];
    for (case, event, status) in refused {
        let answer = invoke(&create, &event).await;
        assert_eq!(answer["statusCode"], status, "{case}: {answer}");
    }
    assert_eq!(wire.operations(), Vec::<String>::new(), "nothing reached the store");
    assert_eq!(table.get(&key).await, None);
}
