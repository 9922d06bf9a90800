//! The embedded DynamoDB, and the table of payments in any DynamoDB that a local server uses. It is a crate of its own because tests
//! that need only a table use it without the local server.
//!
//! The table has the same key and the same index as the one in `template.yaml`, which a test checks.

mod server;
mod table;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};

pub use dynoxide::Database;
pub use server::serve;
pub use table::{PROBE, PaymentsTable, TableError, TableState};

/// The region for the embedded DynamoDB, and the default for another one.
pub const REGION: Region = Region::from_static("ap-northeast-2");

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
