//! The table of payments: created, completed, checked and emptied.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::client::Waiters;
use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, CreateGlobalSecondaryIndexAction, DeleteRequest,
    GlobalSecondaryIndex, GlobalSecondaryIndexDescription, GlobalSecondaryIndexUpdate, IndexStatus, KeySchemaElement,
    KeyType, Projection, ProjectionType, ReturnValuesOnConditionCheckFailure, ScalarAttributeType, TableDescription,
    WriteRequest,
};
use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// How many items DynamoDB deletes in one request at most.
const DELETIONS: i32 = 25;
/// The partition key of the table.
const KEY: &str = "paymentKey";
/// The index of payments by their order and the time of their create. It has only keys.
const ORDER_INDEX: &str = "orderId-createdAt-index";
const ORDER: &str = "orderId";
const CREATED: &str = "createdAt";
/// How long AWS may take to make a table, and how long it may take to make an index. Each usually takes less than a minute.
const CREATION: Duration = Duration::from_secs(120);
/// The wait before DynamoDB is asked again for the state of an index.
const POLL: Duration = Duration::from_millis(250);

/// The key of an item that is written and deleted to test a DynamoDB. No payment can have it, because a payment key has no
/// parentheses.
pub const PROBE: &str = "(probe)";
/// The length of the probe's text, in bytes. With it, the probe is as large as a payment may be.
const PROBE_LENGTH: usize = 2000;

/// Why a DynamoDB cannot be used: an error of the SDK, or what its table lacks.
pub type TableError = Box<dyn Error + Send + Sync>;

/// How much of a table exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableState {
    /// Nothing.
    Missing,
    /// The table, as versions before 1.1 created it.
    WithoutIndex,
    /// The table and its index, which may still be in creation.
    Complete,
}

/// The table of payments in a DynamoDB.
#[derive(Debug, Clone)]
pub struct PaymentsTable {
    /// A client of that DynamoDB.
    pub client: Client,
    /// The name of the table.
    pub name: String,
}

impl PaymentsTable {
    /// Creates the table if it is missing, or its index if only that is missing, and waits until both can be used. The payments of a
    /// table without the index stay, and DynamoDB adds them to the index.
    ///
    /// # Errors
    /// The error of the SDK, or that DynamoDB needs more than [`CREATION`].
    pub async fn create(&self) -> Result<(), TableError> {
        match self.state().await? {
            TableState::Missing => self.create_table().await?,
            TableState::WithoutIndex => self.add_index().await?,
            TableState::Complete => {}
        }
        let exists = self.client.wait_until_table_exists().table_name(&self.name).wait(CREATION).await;
        exists?;
        timeout(CREATION, self.wait_for_index()).await.map_err(|_| "the index of the table is still in creation")?
    }

    /// How much of the table exists.
    ///
    /// # Errors
    /// The error of the SDK.
    pub async fn state(&self) -> Result<TableState, TableError> {
        match self.client.describe_table().table_name(&self.name).send().await {
            Ok(described) => Ok(match described.table().and_then(order_index) {
                Some(_) => TableState::Complete,
                None => TableState::WithoutIndex,
            }),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => {
                Ok(TableState::Missing)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn create_table(&self) -> Result<(), TableError> {
        let index = GlobalSecondaryIndex::builder()
            .index_name(ORDER_INDEX)
            .set_key_schema(Some(index_key()?))
            .projection(keys_only())
            .build()?;
        let create = self
            .client
            .create_table()
            .table_name(&self.name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(attributes()?))
            .key_schema(key_element(KEY, KeyType::Hash)?)
            .global_secondary_indexes(index);
        match create.send().await {
            // Another program was faster.
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_in_use_exception()) => Ok(()),
            created => created.map(drop).map_err(TableError::from),
        }
    }

    async fn add_index(&self) -> Result<(), TableError> {
        let index = CreateGlobalSecondaryIndexAction::builder()
            .index_name(ORDER_INDEX)
            .set_key_schema(Some(index_key()?))
            .projection(keys_only())
            .build()?;
        let update = self
            .client
            .update_table()
            .table_name(&self.name)
            .set_attribute_definitions(Some(attributes()?))
            .global_secondary_index_updates(GlobalSecondaryIndexUpdate::builder().create(index).build());
        update.send().await?;
        Ok(())
    }

    async fn wait_for_index(&self) -> Result<(), TableError> {
        loop {
            let described = self.client.describe_table().table_name(&self.name).send().await?;
            let index = described.table().and_then(order_index);
            if index.and_then(GlobalSecondaryIndexDescription::index_status) == Some(&IndexStatus::Active) {
                return Ok(());
            }
            sleep(POLL).await;
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

fn order_index(table: &TableDescription) -> Option<&GlobalSecondaryIndexDescription> {
    table.global_secondary_indexes().iter().find(|index| index.index_name() == Some(ORDER_INDEX))
}

/// The attributes that are keys.
fn attributes() -> Result<Vec<AttributeDefinition>, BuildError> {
    let text =
        |name| AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build();
    [KEY, ORDER, CREATED].into_iter().map(text).collect()
}

fn index_key() -> Result<Vec<KeySchemaElement>, BuildError> {
    Ok(vec![key_element(ORDER, KeyType::Hash)?, key_element(CREATED, KeyType::Range)?])
}

fn key_element(name: &str, key_type: KeyType) -> Result<KeySchemaElement, BuildError> {
    KeySchemaElement::builder().attribute_name(name).key_type(key_type).build()
}

fn keys_only() -> Projection {
    Projection::builder().projection_type(ProjectionType::KeysOnly).build()
}

/// The deletion of the item that has this key.
fn deletion(key: HashMap<String, AttributeValue>) -> Option<WriteRequest> {
    let deletion = DeleteRequest::builder().set_key(Some(key)).build().ok()?;
    Some(WriteRequest::builder().delete_request(deletion).build())
}
