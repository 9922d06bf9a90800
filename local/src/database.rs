//! The DynamoDB of a local copy, embedded or existing, and its table. The table has the same key as the one in
//! `template.yaml`, which a test checks.

use crate::error::StartError;
use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::client::Waiters;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, DeleteRequest, KeySchemaElement, KeyType, ScalarAttributeType,
    WriteRequest,
};
use dynoxide::Database;
use payments_store::{SdkConfig, TrustStore};
use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::time::Duration;

const REGION: Region = Region::from_static("ap-northeast-2");
/// How long AWS may take to make a table. It usually takes some ten seconds.
const TABLE_CREATION: Duration = Duration::from_secs(120);

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
pub(crate) fn aws_of_the_embedded() -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(REGION)
        .credentials_provider(SharedCredentialsProvider::new(placeholder()))
        .build()
}

/// The AWS configuration for a DynamoDB outside this process: region and credentials of the environment or the profile.
/// Where they have none, it is what DynamoDB Local takes and AWS refuses. The metadata service of EC2 is not asked, because
/// a program on a desk would wait for it.
pub async fn aws_of_the_environment(trusted: TrustStore) -> SdkConfig {
    let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(ProfileFileRegionProvider::new())
        .or_else(REGION);
    let http = payments_store::http_client(trusted);
    let over_http = ProviderConfig::default().with_http_client(http.clone());
    let credentials = CredentialsProviderChain::first_try("environment", EnvironmentVariableCredentialsProvider::new())
        .or_else("profile", ProfileFileCredentialsProvider::builder().configure(&over_http).build())
        .or_else("placeholder", placeholder());
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http)
        .region(region)
        .credentials_provider(credentials)
        .load()
        .await
}

fn placeholder() -> Credentials {
    Credentials::new("local", "local", None, None, "local")
}

/// How many items DynamoDB deletes in one request at most.
const DELETIONS: i32 = 25;
/// The partition key of the table.
const KEY: &str = "paymentKey";

/// The table of payments in a DynamoDB.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) client: Client,
    pub(crate) name: String,
}

impl Table {
    /// Creates the table unless it is there, and waits until it takes writes.
    pub(crate) async fn create(&self) -> Result<(), String> {
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
    pub(crate) async fn exists(&self) -> Result<bool, String> {
        match self.client.describe_table().table_name(&self.name).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => Ok(false),
            Err(error) => Err(causes(&error)),
        }
    }

    /// Deletes items until there is none. The table itself stays, because a request that comes meanwhile would fail without
    /// it.
    pub(crate) async fn empty(&self) -> Result<(), String> {
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
