//! The write of a create as a plain call of the SDK: the item and the condition of a create, with the SDK's default settings.

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use payments_store::TrustStore;

/// The client, as the environment configures it.
pub async fn client() -> Client {
    let http_client = payments_store::http_client(TrustStore::amazon());
    Client::new(&aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(http_client).load().await)
}

/// Writes a payment into a table.
pub async fn write(client: &Client, table: &str, key: &str) {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let number = |value: u64| AttributeValue::N(value.to_string());
    client
        .put_item()
        .table_name(table)
        .item("paymentKey", text(key))
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
}
