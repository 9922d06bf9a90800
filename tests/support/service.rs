//! The service under test, and its table.

use atdd_payments::{Dynamodb, Options, Running};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use payments_domain::Timestamp;
use payments_http::{Clock, Dependencies, Metrics, Settings, system_clock};
use payments_store::{SdkConfig, Store, TrustStore};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

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

/// A clock that goes on by a second each time it is read, so that no two requests have the same time.
pub fn moving_clock() -> Clock {
    jumping_clock(&Arc::new(AtomicI64::new(1_704_112_496)))
}

/// As [`moving_clock`], and its time can be changed.
pub fn jumping_clock(seconds: &Arc<AtomicI64>) -> Clock {
    let seconds = Arc::clone(seconds);
    Arc::new(move || Timestamp::from_unix(seconds.fetch_add(1, Ordering::Relaxed)).expect("a time before 10000"))
}

/// A clock that stands still.
pub fn fixed_clock() -> Clock {
    Arc::new(|| Timestamp::from_unix(1_704_112_496).expect("2024-01-01T12:34:56Z"))
}

/// Settings of the environment that name a secret key and a table.
pub fn settings(key: &str, table: &str) -> Settings {
    let lookup = |name: &str| match name {
        "PAYMENTS_SECRET_KEY" => Some(OsString::from(key)),
        "TABLE_NAME" => Some(OsString::from(table)),
        _ => None,
    };
    Settings::read(&lookup).expect("settings")
}

/// What every test takes for an AWS account.
pub(crate) fn aws() -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("ap-northeast-2"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "test")))
        .build()
}

/// A local copy on free ports, with an empty table of its own: in the DynamoDB that `AWS_ENDPOINT_URL_DYNAMODB` names, or
/// else in an embedded one, in memory.
pub async fn start_local_copy() -> LocalCopy {
    let table = unique("payments");
    let dynamodb = match std::env::var("AWS_ENDPOINT_URL_DYNAMODB").ok().filter(|endpoint| !endpoint.is_empty()) {
        Some(endpoint) => Dynamodb::Existing { endpoint, aws: Box::new(aws()), create_table: true },
        None => Dynamodb::Embedded { port: 0, data: None },
    };
    let running = start(dynamodb, settings(SECRET_KEY, &table), system_clock()).await;
    LocalCopy { base_url: running.base_url.clone(), table: Table::at(&running.dynamodb_url, &table).kept_by(running) }
}

/// A local copy on a free port, over a table that is there.
pub async fn serve(table: &Table, clock: Clock) -> LocalCopy {
    serve_for(SECRET_KEY, table, clock).await
}

/// As [`serve`], with another secret key.
pub async fn serve_for(key: &str, table: &Table, clock: Clock) -> LocalCopy {
    let dynamodb = Dynamodb::Existing { endpoint: table.endpoint.clone(), aws: Box::new(aws()), create_table: false };
    let running = start(dynamodb, settings(key, &table.name), clock).await;
    LocalCopy { base_url: running.base_url.clone(), table: table.clone().kept_by(running) }
}

async fn start(dynamodb: Dynamodb, settings: Settings, clock: Clock) -> Running {
    let options = Options { host: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 0, dynamodb };
    atdd_payments::start(&options, settings, clock).await.expect("a local copy")
}

/// What the functions share, over a table.
pub fn dependencies(table: &Table, clock: Clock) -> Dependencies {
    let settings = settings(SECRET_KEY, &table.name);
    Dependencies {
        keys: settings.keys,
        store: table.store(),
        receipts: settings.receipts,
        clock,
        metrics: Metrics::off(),
    }
}

/// A local copy, which ends when its table is dropped.
#[derive(Debug)]
pub struct LocalCopy {
    /// Where it serves.
    pub base_url: String,
    /// Its table.
    pub table: Table,
}

/// A table of payments, seen past the service.
#[derive(Debug, Clone)]
pub struct Table {
    /// Where its DynamoDB is.
    pub endpoint: String,
    /// Its name.
    pub name: String,
    client: Client,
    /// What serves it ends when the last table over it is dropped.
    running: Vec<Arc<Running>>,
}

/// An empty table that no other test uses.
pub async fn empty_table() -> Table {
    start_local_copy().await.table
}

/// An item as it lies in the table.
pub type Item = HashMap<String, AttributeValue>;

impl Table {
    /// The table of this name at an endpoint.
    pub fn at(endpoint: &str, name: &str) -> Self {
        let client = payments_store::dynamodb(&aws(), Some(endpoint), &TrustStore::amazon());
        Self { endpoint: endpoint.to_owned(), name: name.to_owned(), client, running: Vec::new() }
    }

    /// The same table by another way to its DynamoDB.
    pub fn by_way_of(&self, endpoint: &str) -> Self {
        Self { running: self.running.clone(), ..Self::at(endpoint, &self.name) }
    }

    /// The table, which keeps what serves it from ending.
    fn kept_by(mut self, running: Running) -> Self {
        self.running.push(Arc::new(running));
        self
    }

    /// The table as the service uses it.
    pub fn store(&self) -> Store {
        Store::new(self.client.clone(), &self.name)
    }

    /// The item of a payment.
    pub async fn get(&self, key: &str) -> Option<Item> {
        let key = AttributeValue::S(key.to_owned());
        let found = self.client.get_item().table_name(&self.name).key("paymentKey", key).consistent_read(true);
        found.send().await.expect("a read").item
    }

    /// Puts an item there as it is.
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
