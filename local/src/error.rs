//! Why a local server cannot start, in one line that says what to do.

use payments_process::SettingError;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a local server cannot start, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A variable of the environment is wrong.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// Another program listens at the port.
    #[error("port {} is taken at {}: choose another with {option}, or 0 for a free one", address.port(), address.ip())]
    PortTaken {
        /// Where it is taken.
        address: SocketAddr,
        /// The option that chooses another.
        option: &'static str,
    },
    /// The address cannot be bound for another reason.
    #[error("cannot listen at {address} ({cause}): choose another with --host or {option}")]
    Listen {
        /// The address that could not be bound.
        address: SocketAddr,
        /// The option that chooses another port.
        option: &'static str,
        /// The I/O error.
        cause: io::Error,
    },
    /// The data file cannot be used.
    #[error("cannot keep payments in {}: {cause}; name another file with --data", file.display())]
    Data {
        /// The file.
        file: PathBuf,
        /// The first sentence of the database's error.
        cause: String,
    },
    /// The table cannot be created in the embedded DynamoDB.
    #[error("cannot create the table of payments: {0}; check TABLE_NAME and --data")]
    Table(String),
    /// The existing DynamoDB does not have the table.
    #[error("there is no table {table} at {endpoint}: name another with TABLE_NAME, or create it with --create-table")]
    NoTable {
        /// The table.
        table: String,
        /// The endpoint.
        endpoint: String,
    },
    /// The table in the existing DynamoDB was created by a version before 1.1.
    #[error(
        "the table {table} at {endpoint} has no index of orders: add it with --create-table, or, if a template made the table, \
         by deploying the template of this version"
    )]
    NoIndex {
        /// The table.
        table: String,
        /// The endpoint.
        endpoint: String,
    },
    /// The existing DynamoDB is on another machine, and the key would be the published one.
    #[error(
        "the DynamoDB at {endpoint} is not on this machine, so its payments need a key that is not published: set \
         PAYMENTS_SECRET_KEY or PAYMENTS_SECRET_KEY_SHA256"
    )]
    KeyNeeded {
        /// The endpoint.
        endpoint: String,
    },
    /// The existing DynamoDB lacks a feature that idempotent replays need.
    #[error(
        "the DynamoDB at {endpoint} does not return the item when a condition fails \
         (ReturnValuesOnConditionCheckFailure=ALL_OLD), so repeated requests would get 404: use DynamoDB Local 2.2 or later, \
         Amazon DynamoDB, or the embedded DynamoDB"
    )]
    NoItemOfAFailedCondition {
        /// The endpoint.
        endpoint: String,
    },
    /// The existing DynamoDB cannot be used.
    #[error(
        "cannot use the DynamoDB at {endpoint}: {cause}; check --dynamodb-endpoint, TABLE_NAME, AWS_REGION and the credentials"
    )]
    Existing {
        /// The endpoint.
        endpoint: String,
        /// The error of the SDK.
        cause: String,
    },
}
