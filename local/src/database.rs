//! The embedded DynamoDB and its table. The table has the same key as the one in `template.yaml`, which a test checks.

use crate::error::StartError;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use dynoxide::Database;
use payments_store::SdkConfig;
use std::path::Path;

/// Opens the database: in a file, or in memory.
pub(crate) fn open(data: Option<&Path>) -> Result<Database, StartError> {
    match data {
        None => Database::memory().map_err(|cause| StartError::Table(cause.to_string())),
        Some(file) => Database::new(&file.to_string_lossy()).map_err(|cause| {
            // The first sentence says what is wrong. What follows is for programmers of the database.
            let cause = cause.to_string().split(". ").next().unwrap_or_default().to_owned();
            StartError::Data { file: file.to_owned(), cause }
        }),
    }
}

/// An AWS configuration that no environment changes. The embedded DynamoDB takes any credentials.
pub(crate) fn sdk_config() -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("ap-northeast-2"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("local", "local", None, None, "local")))
        .build()
}

/// Creates the table unless it is there.
pub(crate) async fn create_table(client: &Client, table: &str) -> Result<(), String> {
    let key = "paymentKey";
    let created = client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(
            AttributeDefinition::builder()
                .attribute_name(key)
                .attribute_type(ScalarAttributeType::S)
                .build()
                .ok()
                .map(|definition| vec![definition]),
        )
        .set_key_schema(
            KeySchemaElement::builder()
                .attribute_name(key)
                .key_type(KeyType::Hash)
                .build()
                .ok()
                .map(|element| vec![element]),
        )
        .send()
        .await;
    match created {
        Ok(_) => Ok(()),
        Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_in_use_exception()) => Ok(()),
        Err(error) => Err(DisplayErrorContext(error).to_string()),
    }
}
