//! The journey of a payment under load: created, confirmed, confirmed once more, canceled, retrieved and listed, by many users at once. goose
//! writes the report, and takes its usual options (`--help`). It ends with an error if any answer was not as promised.

use goose::prelude::*;
use serde_json::{Value, json};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

const SECRET_KEY: &str = "test_sk_dummy";

/// Sends a command, or a read if there is no body. Its answer must be a 200 with this status of the payment or, of a list, of the first, and say whether it is
/// a replay.
async fn send(
    user: &mut GooseUser,
    name: &str,
    path: &str,
    body: Option<&Value>,
    (status, replayed): (&str, bool),
) -> TransactionResult {
    let method = if body.is_some() { GooseMethod::Post } else { GooseMethod::Get };
    let builder = user.get_request_builder(&method, path)?.basic_auth(SECRET_KEY, Some(""));
    let builder = if let Some(body) = body { builder.json(body) } else { builder };
    let request = GooseRequest::builder().name(name).set_request_builder(builder).build();
    let mut answer = user.request(request).await?;
    // Without an answer, or with another status, goose has counted a failure.
    let Ok(response) = answer.response else { return Ok(()) };
    if !response.status().is_success() {
        return Ok(());
    }
    let says_replayed = response.headers().contains_key("idempotent-replayed");
    let body: Value = response.json().await.unwrap_or_default();
    let payment = body.pointer("/payments/0").unwrap_or(&body);
    if payment["status"] == status && says_replayed == replayed {
        return Ok(());
    }
    user.set_failure(&format!("{name} must answer {status}"), &mut answer.request, None, None)
}

async fn journey(user: &mut GooseUser) -> TransactionResult {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let key = format!("journey_{}_{}", process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    let terms = json!({ "paymentKey": key, "orderId": key, "amount": 10_000 });
    let reason = json!({ "cancelReason": "USER_REQUEST", "cancelAmount": 10_000 });
    send(user, "create", "/v1/payments", Some(&terms), ("INITIATED", false)).await?;
    send(user, "confirm", "/v1/payments/confirm", Some(&terms), ("APPROVED", false)).await?;
    send(user, "confirm, repeated", "/v1/payments/confirm", Some(&terms), ("APPROVED", true)).await?;
    send(user, "cancel", &format!("/v1/payments/{key}/cancel"), Some(&reason), ("CANCELED", false)).await?;
    send(user, "retrieve", &format!("/v1/payments/{key}"), None, ("CANCELED", false)).await?;
    send(user, "list", &format!("/v1/payments/orders/{key}"), None, ("CANCELED", false)).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let scenario = scenario!("payment").register_transaction(transaction!(journey).set_name("journey"));
    let metrics = GooseAttack::initialize()?.register_scenario(scenario).execute().await?;
    let requests = metrics.requests.values();
    let (kept, broken) = requests.fold((0, 0), |(kept, broken), r| (kept + r.success_count, broken + r.fail_count));
    if kept == 0 || broken > 0 {
        return Err(format!("{broken} answers of {} were not as promised", kept + broken).into());
    }
    println!("{kept} answers, all as promised");
    Ok(())
}
