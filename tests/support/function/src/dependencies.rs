//! What the functions need: keys, a clock, and a table.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use payments_domain::Timestamp;
use payments_http::{Dependencies, Receipts, SecretKeys};
use payments_language::Language;
use payments_process::{Clock, Environment, Metrics};
use payments_store::Store;
use payments_test_table::Table;
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The key of the services under test.
pub const SECRET_KEY: &str = "test_sk_dummy";

/// The header value for a key.
pub fn authorization(key: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{key}:")))
}

/// The digest of a key, as a deployment holds it.
pub fn sha256(key: &str) -> String {
    Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A clock that advances by a second at each reading, so that no two requests have the same time.
pub fn moving_clock() -> Clock {
    jumping_clock(&Arc::new(AtomicI64::new(1_704_112_496)))
}

/// As [`moving_clock`], and its time can be changed.
pub fn jumping_clock(seconds: &Arc<AtomicI64>) -> Clock {
    let seconds = Arc::clone(seconds);
    Arc::new(move || Timestamp::from_unix(seconds.fetch_add(1, Ordering::Relaxed)).expect("a time before 10000"))
}

/// A clock that always returns the same time.
pub fn fixed_clock() -> Clock {
    Arc::new(|| Timestamp::from_unix(1_704_112_496).expect("2024-01-01T12:34:56Z"))
}

/// The variables of an environment that name a secret key and a table.
pub fn variables(key: &str, table: &str) -> impl Fn(&str) -> Option<OsString> {
    move |name| match name {
        "PAYMENTS_SECRET_KEY" => Some(OsString::from(key)),
        "TABLE_NAME" => Some(OsString::from(table)),
        _ => None,
    }
}

/// The variables that turn on the pages of receipts, for a shop of this name.
pub fn receipt_variables(merchant: &str) -> impl Fn(&str) -> Option<OsString> {
    move |name| match name {
        "RECEIPT_PAGES" => Some(OsString::from("on")),
        "RECEIPT_MERCHANT_NAME" => Some(OsString::from(merchant)),
        _ => None,
    }
}

/// Receipts with pages, for a shop of this name, at the address of the integration guide.
pub fn receipt_pages(merchant: &str) -> Receipts {
    let variables = receipt_variables(merchant);
    Receipts::read(Environment::new(&variables), Receipts::DEFAULT_BASE).expect("valid settings")
}

/// The dependencies that the functions share, with a table and [`SECRET_KEY`].
pub fn dependencies(table: &Table, clock: Clock) -> Dependencies {
    dependencies_with(SECRET_KEY, table.store(), clock)
}

/// The dependencies that the functions share, with another secret key, over any store.
pub fn dependencies_with(key: &str, store: Store, clock: Clock) -> Dependencies {
    let variables = variables(key, "");
    let environment = Environment::new(&variables);
    let keys = SecretKeys::read(environment).expect("a key");
    let receipts = Receipts::read(environment, Receipts::DEFAULT_BASE).expect("the default");
    Dependencies { keys, store, receipts, language: Language::English, clock, metrics: Metrics::off() }
}
