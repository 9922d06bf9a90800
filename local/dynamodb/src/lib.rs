//! The embedded DynamoDB, and the table of payments in any DynamoDB that a local server uses. It is a crate of its own because tests
//! that need only a table use it without the local server.
//!
//! The table has the same key as the one in `template.yaml`, which a test checks.

mod server;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::client::Waiters;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, DeleteRequest, KeySchemaElement, KeyType,
    ReturnValuesOnConditionCheckFailure, ScalarAttributeType, WriteRequest,
};
use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

pub use dynoxide::Database;
pub use server::serve;

/// The region for the embedded DynamoDB, and the default for another one.
pub const REGION: Region = Region::from_static("ap-northeast-2");
/// How long AWS may take to make a table. It usually takes some ten seconds.
const TABLE_CREATION: Duration = Duration::from_secs(120);

/// Credentials that the embedded DynamoDB and DynamoDB Local accept, and that AWS refuses.
pub fn placeholder() -> Credentials {
    Credentials::new("local", "local", None, None, "local")
}

/// An AWS configuration that does not depend on the environment, with [`placeholder`] credentials.
pub fn aws() -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(REGION)
        .credentials_provider(SharedCredentialsProvider::new(placeholder()))
        .build()
}

/// How many items DynamoDB deletes in one request at most.
const DELETIONS: i32 = 25;
/// The partition key of the table.
const KEY: &str = "paymentKey";

/// The key of an item that is written and deleted to test a DynamoDB. No payment can have it, because a payment key has no
/// parentheses.
pub const PROBE: &str = "(probe)";
/// The length of the probe's text, in bytes. With it, the probe is as large as a payment may be.
const PROBE_LENGTH: usize = 2000;

/// Why a DynamoDB cannot be used: an error of the SDK.
pub type TableError = Box<dyn Error + Send + Sync>;

/// The table of payments in a DynamoDB.
#[derive(Debug, Clone)]
pub struct PaymentsTable {
    /// A client of that DynamoDB.
    pub client: Client,
    /// The name of the table.
    pub name: String,
}

impl PaymentsTable {
    /// Creates the table if it is missing, and waits until it accepts writes.
    ///
    /// # Errors
    /// The error of the SDK.
    pub async fn create(&self) -> Result<(), TableError> {
        let created = self
            .client
            .create_table()
            .table_name(&self.name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(
                AttributeDefinition::builder()
                    .attribute_name(KEY)
                    .attribute_type(ScalarAttributeType::S)
                    .build()
                    .ok()
                    .map(|definition| vec![definition]),
            )
            .set_key_schema(
                KeySchemaElement::builder()
                    .attribute_name(KEY)
                    .key_type(KeyType::Hash)
                    .build()
                    .ok()
                    .map(|element| vec![element]),
            )
            .send()
            .await;
        if let Err(error) = created
            && !error.as_service_error().is_some_and(|error| error.is_resource_in_use_exception())
        {
            return Err(error.into());
        }
        let exists = self.client.wait_until_table_exists().table_name(&self.name).wait(TABLE_CREATION).await;
        exists?;
        Ok(())
    }

    /// Whether the table exists.
    ///
    /// # Errors
    /// The error of the SDK.
    pub async fn exists(&self) -> Result<bool, TableError> {
        match self.client.describe_table().table_name(&self.name).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Checks that a write succeeds: it writes an item that is not a payment, and deletes it.
    ///
    /// # Errors
    /// The error of the SDK.
    pub async fn check_write(&self) -> Result<(), TableError> {
        self.put_probe().send().await?;
        self.delete_probe().await
    }

    /// Whether this DynamoDB returns the item when a condition fails (`ReturnValuesOnConditionCheckFailure=ALL_OLD`), which
    /// the service needs. `None` if this cannot be tested, for example because these credentials may not delete. It writes an item
    /// that is not a payment, and deletes it.
    pub async fn returns_the_item_of_a_failed_condition(&self) -> Option<bool> {
        // First, so that nothing is written that cannot be deleted.
        self.delete_probe().await.ok()?;
        self.put_probe().send().await.ok()?;
        let refused = self
            .put_probe()
            .condition_expression("attribute_not_exists(#key)")
            .expression_attribute_names("#key", KEY)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let returned = match refused.as_ref().err().and_then(SdkError::as_service_error) {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => Some(failed.item.is_some()),
            _ => None,
        };
        drop(self.delete_probe().await);
        returned
    }

    fn put_probe(&self) -> PutItemFluentBuilder {
        let probe = self.client.put_item().table_name(&self.name).item(KEY, AttributeValue::S(PROBE.to_owned()));
        probe.item("text", AttributeValue::S("-".repeat(PROBE_LENGTH)))
    }

    async fn delete_probe(&self) -> Result<(), TableError> {
        let probe = self.client.delete_item().table_name(&self.name).key(KEY, AttributeValue::S(PROBE.to_owned()));
        probe.send().await?;
        Ok(())
    }

    /// Deletes all items. The table itself stays, because requests at the same time would fail without it.
    ///
    /// # Errors
    /// The error of the SDK.
    pub async fn empty(&self) -> Result<(), TableError> {
        loop {
            let keys = self.client.scan().table_name(&self.name).projection_expression(KEY).limit(DELETIONS);
            let keys = keys.consistent_read(true).send().await?;
            let deletions: Vec<_> = keys.items.unwrap_or_default().into_iter().filter_map(deletion).collect();
            if deletions.is_empty() {
                return Ok(());
            }
            self.client.batch_write_item().request_items(&self.name, deletions).send().await?;
        }
    }
}

/// The deletion of the item that has this key.
fn deletion(key: HashMap<String, AttributeValue>) -> Option<WriteRequest> {
    let deletion = DeleteRequest::builder().set_key(Some(key)).build().ok()?;
    Some(WriteRequest::builder().delete_request(deletion).build())
}
