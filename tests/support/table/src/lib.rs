//! A table of payments that no other test uses, on an embedded DynamoDB or on the one that `AWS_ENDPOINT_URL_DYNAMODB` names,
//! and a wire to it that fails when a test says so. Nothing here depends on HTTP or the local server, so the tests of the store
//! need nothing else.

mod wire;

pub use wire::{Fate, Fault, Held, INTERNAL, Late, Wire};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TableDescription,
};
use payments_dynamodb::{Database, PaymentsTable};
use payments_language::Language;
use payments_server::{AllowedHosts, ListenOn, Listener};
use payments_store::{Item, Store, TrustStore};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::watch;

/// A key that no other test and no earlier run has used.
pub fn unique(prefix: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "its own key isolates a test from all others")]
    let id = uuid::Uuid::new_v4();
    format!("{prefix}_{}", id.simple())
}

/// A table of payments, accessed without the service.
#[derive(Debug, Clone)]
pub struct Table {
    /// Where its DynamoDB is.
    pub endpoint: String,
    /// Its name.
    pub name: String,
    client: Client,
    /// The embedded DynamoDB ends when the last table over it is dropped.
    embedded: Option<Arc<watch::Sender<()>>>,
}

/// The DynamoDB that the tests use instead of an embedded one, if one is named.
pub fn existing_dynamodb() -> Option<String> {
    std::env::var("AWS_ENDPOINT_URL_DYNAMODB").ok().filter(|endpoint| !endpoint.is_empty())
}

/// An empty table that no other test uses.
pub async fn empty_table() -> Table {
    let table = no_table().await;
    table.complete().await;
    table
}

/// As [`empty_table`], without the index, as version 1.0 created it. DynamoDB accepts items there that it refuses in a table with the
/// index: those whose order or creation time is not a string.
pub async fn empty_table_of_version_1_0() -> Table {
    let table = no_table().await;
    let (key, string) = ("paymentKey", ScalarAttributeType::S);
    let attribute = AttributeDefinition::builder().attribute_name(key).attribute_type(string).build();
    let element = KeySchemaElement::builder().attribute_name(key).key_type(KeyType::Hash).build();
    let create = table.client.create_table().table_name(&table.name).billing_mode(BillingMode::PayPerRequest);
    let create = create.attribute_definitions(attribute.expect("an attribute")).key_schema(element.expect("a key"));
    create.send().await.expect("a new table");
    table
}

/// The name of a table that does not exist yet, in a DynamoDB.
async fn no_table() -> Table {
    let name = unique("payments");
    match existing_dynamodb() {
        Some(endpoint) => Table::at(&endpoint, &name),
        None => {
            let listener = Listener::bind(ListenOn::Loopback, 0).await.expect("a free port");
            let endpoint = listener.numeric_url();
            let database = Database::memory().expect("a database in memory");
            let (embedded, mut dropped) = watch::channel(());
            let stop = async move { while dropped.changed().await.is_ok() {} };
            tokio::spawn(payments_dynamodb::serve(
                listener,
                database,
                AllowedHosts::default(),
                Language::English,
                stop,
            ));
            Table { embedded: Some(Arc::new(embedded)), ..Table::at(&endpoint, &name) }
        }
    }
}

impl Table {
    /// The table of this name at an endpoint.
    pub fn at(endpoint: &str, name: &str) -> Self {
        let client = payments_store::dynamodb(&payments_dynamodb::aws(), Some(endpoint), &TrustStore::amazon());
        Self { endpoint: endpoint.to_owned(), name: name.to_owned(), client, embedded: None }
    }

    /// The same table through another endpoint.
    pub fn by_way_of(&self, endpoint: &str) -> Self {
        Self { embedded: self.embedded.clone(), ..Self::at(endpoint, &self.name) }
    }

    /// Creates the table, or what it lacks, as a local server does at its start.
    pub async fn complete(&self) {
        let table = PaymentsTable { client: self.client.clone(), name: self.name.clone() };
        table.create().await.expect("a complete table");
    }

    /// The table as the service uses it.
    pub fn store(&self) -> Store {
        Store::new(self.client.clone(), &self.name)
    }

    /// The table as its DynamoDB describes it.
    pub async fn describe(&self) -> TableDescription {
        let described = self.client.describe_table().table_name(&self.name).send().await.expect("a description");
        described.table.expect("a table")
    }

    /// The item of a payment.
    pub async fn get(&self, key: &str) -> Option<Item> {
        let key = AttributeValue::S(key.to_owned());
        let found = self.client.get_item().table_name(&self.name).key("paymentKey", key).consistent_read(true);
        found.send().await.expect("a read").item
    }

    /// Puts an item into the table as it is.
    pub async fn put(&self, item: Item) {
        self.client.put_item().table_name(&self.name).set_item(Some(item)).send().await.expect("a write");
    }

    /// Every item, by its key.
    pub async fn all(&self) -> HashMap<String, Item> {
        let pages = self.client.scan().table_name(&self.name).consistent_read(true).into_paginator().items().send();
        let items: Vec<Item> = pages.collect::<Result<_, _>>().await.expect("a scan");
        items.into_iter().map(|item| (item["paymentKey"].as_s().expect("a key").clone(), item)).collect()
    }
}
