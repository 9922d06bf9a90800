//! The whole service: a local server, and its table.

use atdd_payments::{AllowedHosts, Dynamodb, ListenOn, Options, Running};
use payments_process::{Clock, Environment, Settings, system_clock};
use payments_test_function::{SECRET_KEY, receipt_variables, variables};
use payments_test_table::{Table, existing_dynamodb, unique};
use std::ffi::OsString;
use std::sync::Arc;
use std::time::SystemTime;

/// A local server that serves until it is dropped.
#[derive(Debug)]
pub struct LocalServer {
    /// Where it serves.
    pub base_url: String,
    /// Its table.
    pub table: Table,
    _running: Running,
}

/// A local server on free ports, with an empty table of its own: in the DynamoDB that `AWS_ENDPOINT_URL_DYNAMODB` names, or
/// else in an embedded one, in memory.
pub async fn start_local_server() -> LocalServer {
    let table = unique("payments");
    let dynamodb = match existing_dynamodb() {
        Some(endpoint) => Dynamodb::Existing { endpoint, aws: Box::new(payments_dynamodb::aws()), create_table: true },
        None => Dynamodb::Embedded { port: 0, data: None },
    };
    let running = start(dynamodb, &variables(SECRET_KEY, &table), system_clock()).await;
    let table = Table::at(&running.dynamodb_url, &table);
    LocalServer { base_url: running.base_url.clone(), table, _running: running }
}

/// A local server on a free port, with an existing table.
pub async fn serve(table: &Table, clock: Clock) -> LocalServer {
    serve_for(SECRET_KEY, table, clock).await
}

/// As [`serve`], with another secret key.
pub async fn serve_for(key: &str, table: &Table, clock: Clock) -> LocalServer {
    serve_with(&variables(key, &table.name), table, clock).await
}

/// As [`serve_for`], with receipts for a shop of this name.
pub async fn serve_with_receipts(merchant: &str, key: &str, table: &Table, clock: Clock) -> LocalServer {
    let (variables, receipts) = (variables(key, &table.name), receipt_variables(merchant));
    serve_with(&|name| receipts(name).or_else(|| variables(name)), table, clock).await
}

async fn serve_with(variables: &dyn Fn(&str) -> Option<OsString>, table: &Table, clock: Clock) -> LocalServer {
    let (endpoint, aws) = (table.endpoint.clone(), Box::new(payments_dynamodb::aws()));
    let dynamodb = Dynamodb::Existing { endpoint, aws, create_table: false };
    let running = start(dynamodb, variables, clock).await;
    LocalServer { base_url: running.base_url.clone(), table: table.clone(), _running: running }
}

async fn start(dynamodb: Dynamodb, variables: &dyn Fn(&str) -> Option<OsString>, clock: Clock) -> Running {
    let options = Options { listen_on: ListenOn::Loopback, allowed_hosts: AllowedHosts::default(), port: 0, dynamodb };
    let environment = Environment::new(variables);
    let settings = Settings::read(environment).expect("settings");
    #[expect(clippy::disallowed_methods, reason = "no test depends on the times of the journal")]
    let now = Arc::new(SystemTime::now);
    atdd_payments::start(&options, settings, environment, clock, now).await.expect("a local server")
}
