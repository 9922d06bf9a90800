//! The embedded DynamoDB, and the table of payments in any DynamoDB that a local copy uses. It is a crate of its own because tests
//! that need only a table use it without the local copy.
//!
//! The table has the same key as the one in `template.yaml`, which a test checks.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::client::Waiters;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, DeleteRequest, KeySchemaElement, KeyType, ScalarAttributeType,
    WriteRequest,
};
use payments_store::SdkConfig;
use std::collections::HashMap;
use std::error::Error;
use std::future::Future;
use std::time::Duration;
use tokio::net::TcpListener;

pub use dynoxide::Database;

/// The region that the embedded DynamoDB is called with, and others unless the environment names one.
pub const REGION: Region = Region::from_static("ap-northeast-2");
/// How long AWS may take to make a table. It usually takes some ten seconds.
const TABLE_CREATION: Duration = Duration::from_secs(120);

/// Serves a database as DynamoDB until `stop` resolves.
pub async fn serve(listener: TcpListener, database: Database, stop: impl Future<Output = ()> + Send + 'static) {
    // Only accepting connections can fail. The requests then time out and are answered 503.
    drop(dynoxide::server::serve_with_shutdown(listener, database, stop).await);
}

/// Credentials that the embedded DynamoDB and DynamoDB Local take, and that AWS refuses.
pub fn placeholder() -> Credentials {
    Credentials::new("local", "local", None, None, "local")
}

/// An AWS configuration that no environment changes, with [`placeholder`] credentials.
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

/// The table of payments in a DynamoDB.
#[derive(Debug, Clone)]
pub struct Table {
    /// A client of that DynamoDB.
    pub client: Client,
    /// The name of the table.
    pub name: String,
}

impl Table {
    /// Creates the table unless it is there, and waits until it takes writes.
    ///
    /// # Errors
    /// What the SDK says, with its causes, in one line.
    pub async fn create(&self) -> Result<(), String> {
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
            return Err(causes(&error));
        }
        let exists = self.client.wait_until_table_exists().table_name(&self.name).wait(TABLE_CREATION).await;
        exists.map(drop).map_err(|error| causes(&error))
    }

    /// Whether the table is there.
    ///
    /// # Errors
    /// What the SDK says, with its causes, in one line.
    pub async fn exists(&self) -> Result<bool, String> {
        match self.client.describe_table().table_name(&self.name).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => Ok(false),
            Err(error) => Err(causes(&error)),
        }
    }

    /// Deletes items until there is none. The table itself stays, because a request that comes meanwhile would fail without
    /// it.
    ///
    /// # Errors
    /// What the SDK says, with its causes, in one line.
    pub async fn empty(&self) -> Result<(), String> {
        loop {
            let keys = self.client.scan().table_name(&self.name).projection_expression(KEY).limit(DELETIONS);
            let keys = keys.consistent_read(true).send().await.map_err(|error| causes(&error))?;
            let deletions: Vec<_> = keys.items.unwrap_or_default().into_iter().filter_map(deletion).collect();
            if deletions.is_empty() {
                return Ok(());
            }
            let deleted = self.client.batch_write_item().request_items(&self.name, deletions).send().await;
            deleted.map_err(|error| causes(&error))?;
        }
    }
}

/// The deletion of the item that has this key.
fn deletion(key: HashMap<String, AttributeValue>) -> Option<WriteRequest> {
    let deletion = DeleteRequest::builder().set_key(Some(key)).build().ok()?;
    Some(WriteRequest::builder().delete_request(deletion).build())
}

/// An error with its causes, in one line.
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
