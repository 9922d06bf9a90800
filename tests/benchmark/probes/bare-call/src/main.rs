//! The write of a create as nothing but a call of the SDK: no answer that waits for DynamoDB can come faster.
//!
//! It sends the item and the condition that create sends, with the SDK's default settings. The arguments are a prefix for
//! the payment keys and a number of calls. It prints what each call took, in nanoseconds, as a JSON array.

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use payments_store::TrustStore;
use std::env;
use std::time::Instant;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = env::args().skip(1);
    let prefix = arguments.next().expect("a prefix");
    let calls: usize = arguments.next().and_then(|calls| calls.parse().ok()).expect("a number of calls");
    let table = env::var("TABLE_NAME").expect("TABLE_NAME");
    let http_client = payments_store::http_client(TrustStore::amazon());
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(http_client).load().await;
    let client = Client::new(&config);

    let text = |value: &str| AttributeValue::S(value.to_owned());
    let number = |value: u64| AttributeValue::N(value.to_string());
    let mut nanoseconds = Vec::new();
    // The first call opens the connection.
    for call in 0..=calls {
        let key = format!("{prefix}{call}");
        let started = Instant::now();
        client
            .put_item()
            .table_name(&table)
            .item("paymentKey", text(&key))
            .item("schemaVersion", number(1))
            .item("status", text("INITIATED"))
            .item("orderId", text("order_sample"))
            .item("amount", number(10_000))
            .item("createdAt", text("2026-01-01T00:00:00Z"))
            .item("createdBy", text("8b6fbba5-8c3c-4d2c-9e0d-0d5a1d1f0a11"))
            .condition_expression("attribute_not_exists(#paymentKey)")
            .expression_attribute_names("#paymentKey", "paymentKey")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await
            .expect("a write");
        nanoseconds.push(u64::try_from(started.elapsed().as_nanos()).expect("it is short"));
    }
    nanoseconds.remove(0);
    println!("{}", serde_json::json!(nanoseconds));
}
