//! The service under test, and its table.

use atdd_payments::{Options, Running};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use payments_domain::Timestamp;
use payments_http::{Clock, Dependencies, Metrics, Settings, system_clock};
use payments_store::{SdkConfig, Store};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// The key that the services under test take.
pub const SECRET_KEY: &str = "test_sk_dummy";

/// The header value for a key.
pub fn authorization(key: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{key}:")))
}

/// The digest of a key, as a deployment holds it.
pub fn sha256(key: &str) -> String {
    Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A key that no other test and no earlier run has used.
pub fn unique(prefix: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "a key of its own keeps a test from all others")]
    let id = uuid::Uuid::new_v4();
    format!("{prefix}_{}", id.simple())
}

/// A clock that stands still.
pub fn fixed_clock() -> Clock {
    Arc::new(|| Timestamp::from_unix(1_704_112_496).expect("2024-01-01T12:34:56Z"))
}

fn settings() -> Settings {
    let only_the_key = |name: &str| (name == "PAYMENTS_SECRET_KEY").then(|| OsString::from(SECRET_KEY));
    Settings::read(&only_the_key).expect("settings")
}

/// A local copy on free ports, in memory.
pub async fn start_local_copy() -> Running {
    let options = Options { host: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 0, dynamodb_port: 0, data: None };
    atdd_payments::start(&options, settings(), system_clock()).await.expect("a local copy")
}

/// What the functions share, over the table `payments` at an endpoint.
pub fn dependencies(endpoint: &str, clock: Clock) -> Dependencies {
    let settings = settings();
    Dependencies {
        keys: settings.keys,
        store: store(endpoint, &settings.table),
        receipts: settings.receipts,
        clock,
        metrics: Metrics::off(),
    }
}

/// A table at an endpoint, as the service reaches it.
pub fn store(endpoint: &str, table: &str) -> Store {
    Store::new(client(endpoint), table)
}

/// The table `payments`, seen past the service.
#[derive(Debug, Clone)]
pub struct Table {
    /// Where its DynamoDB is.
    pub endpoint: String,
    client: Client,
    /// Ends when the last table over it is dropped.
    running: Option<Arc<Running>>,
}

/// A table in an embedded DynamoDB that ends with the test.
pub async fn empty_table() -> Table {
    let running = start_local_copy().await;
    let mut table = Table::at(&running.dynamodb_url);
    table.running = Some(Arc::new(running));
    table
}

fn client(endpoint: &str) -> Client {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("ap-northeast-2"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "test")))
        .build();
    payments_store::dynamodb(&config, Some(endpoint)).expect("no certificates are needed for http")
}

/// An item as it lies in the table.
pub type Item = HashMap<String, AttributeValue>;

impl Table {
    pub fn at(endpoint: &str) -> Self {
        Self { endpoint: endpoint.to_owned(), client: client(endpoint), running: None }
    }

    /// The item of a payment.
    pub async fn get(&self, key: &str) -> Option<Item> {
        let key = AttributeValue::S(key.to_owned());
        let found = self.client.get_item().table_name("payments").key("paymentKey", key).consistent_read(true);
        found.send().await.expect("a read").item
    }

    /// Puts an item there as it is.
    pub async fn put(&self, item: Item) {
        self.client.put_item().table_name("payments").set_item(Some(item)).send().await.expect("a write");
    }

    /// Every item, by its key.
    pub async fn all(&self) -> HashMap<String, Item> {
        let pages = self.client.scan().table_name("payments").consistent_read(true).into_paginator().items().send();
        let items: Vec<Item> = pages.collect::<Result<_, _>>().await.expect("a scan");
        items.into_iter().map(|item| (item["paymentKey"].as_s().expect("a key").clone(), item)).collect()
    }
}
