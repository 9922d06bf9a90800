//! create as the public examples write it: every default, no tuning, no checks.

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_http::{Body, Error, Request, Response, run, service_fn, tracing};
use serde::Deserialize;
use serde_json::json;
use std::env;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payment {
    payment_key: String,
    order_id: String,
    amount: u64,
}

async fn create(client: &Client, table: &str, request: Request) -> Result<Response<Body>, Error> {
    let payment: Payment = serde_json::from_slice(request.body())?;
    client
        .put_item()
        .table_name(table)
        .item("paymentKey", AttributeValue::S(payment.payment_key.clone()))
        .item("orderId", AttributeValue::S(payment.order_id.clone()))
        .item("amount", AttributeValue::N(payment.amount.to_string()))
        .item("status", AttributeValue::S("INITIATED".to_owned()))
        .send()
        .await?;
    tracing::info!(payment_key = payment.payment_key, "created");
    let answer = json!({ "paymentKey": payment.payment_key, "orderId": payment.order_id, "status": "INITIATED" });
    Ok(Response::builder().status(200).header("content-type", "application/json").body(answer.to_string().into())?)
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let client = Client::new(&config);
    let table = env::var("TABLE_NAME")?;
    run(service_fn(|request: Request| create(&client, &table, request))).await
}
