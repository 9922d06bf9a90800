//! Starts the parts of a local copy, and stops them.

use crate::database;
use crate::error::StartError;
use crate::front::{self, Front};
use clap::Parser;
use payments_http::{Clock, Dependencies, Metrics, Settings};
use payments_store::Store;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Serves a local copy of the payment service, with an embedded DynamoDB.
///
/// Keys and names come from the environment, as in a deployment: PAYMENTS_SECRET_KEY (test_sk_dummy unless set),
/// PAYMENTS_SECRET_KEY_SHA256, TABLE_NAME, RECEIPT_BASE_URL.
#[derive(Debug, Clone, Parser)]
#[command(name = "atdd-payments", version)]
pub struct Options {
    /// The address to listen at; 0.0.0.0 lets a container reach both ports
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub host: IpAddr,
    /// The port of the service; 0 picks a free one
    #[arg(long, default_value_t = 9090)]
    pub port: u16,
    /// The port of the embedded DynamoDB; 0 picks a free one
    #[arg(long, value_name = "PORT", default_value_t = 9098)]
    pub dynamodb_port: u16,
    /// Keep payments in this file; without it, they end with the program
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
}

/// A local copy that is serving.
#[derive(Debug)]
pub struct Running {
    /// Where the service is: `http://localhost:9090`.
    pub base_url: String,
    /// Where its DynamoDB is.
    pub dynamodb_url: String,
    stop_front: watch::Sender<()>,
    stop_database: watch::Sender<()>,
    front: JoinHandle<()>,
    database: JoinHandle<()>,
}

/// Starts a local copy and waits until it answers.
///
/// # Errors
/// [`StartError`]. Nothing is left running.
pub async fn start(options: &Options, settings: Settings, clock: Clock) -> Result<Running, StartError> {
    let database = database::open(options.data.as_deref())?;
    let listener = listen(options.host, options.port, "--port").await?;
    let dynamodb = listen(options.host, options.dynamodb_port, "--dynamodb-port").await?;
    let base_url = url(&listener);
    let dynamodb_url = url(&dynamodb);
    let dynamodb_inside = numeric_url(&dynamodb);

    let (stop_database, stopped) = watch::channel(());
    let database = tokio::spawn(async move {
        // Only accepting connections can fail. The requests then time out and are answered 503.
        drop(dynoxide::server::serve_with_shutdown(dynamodb, database, until(stopped)).await);
    });
    let client = payments_store::dynamodb(&database::sdk_config(), Some(&dynamodb_inside))
        .map_err(|error| StartError::Table(error.to_string()))?;
    database::create_table(&client, &settings.table).await.map_err(StartError::Table)?;

    let dependencies = Dependencies {
        keys: settings.keys,
        store: Store::new(client, settings.table),
        receipts: settings.receipts,
        clock,
        metrics: Metrics::off(),
    };
    let (stop_front, stopped) = watch::channel(());
    let front = tokio::spawn(front::serve(listener, Front::new(&Arc::new(dependencies)), until(stopped)));
    Ok(Running { base_url, dynamodb_url, stop_front, stop_database, front, database })
}

impl Running {
    /// Stops the service, then its DynamoDB. Requests under way are answered. A client that does not finish its request is
    /// waited for as long as the slowest answer takes, and no longer.
    pub async fn stop(self) {
        const PATIENCE: Duration = Duration::from_secs(5);
        for (stop, task) in [(self.stop_front, self.front), (self.stop_database, self.database)] {
            drop(stop);
            // A task that is still busy after that ends with the process.
            drop(tokio::time::timeout(PATIENCE, task).await);
        }
    }
}

async fn listen(host: IpAddr, port: u16, option: &'static str) -> Result<TcpListener, StartError> {
    let address = SocketAddr::new(host, port);
    TcpListener::bind(address).await.map_err(|cause| match cause.kind() {
        io::ErrorKind::AddrInUse => StartError::PortTaken { port, option },
        _ => StartError::Listen { address, option, cause },
    })
}

/// The address of a listener, as a user on this machine would write it.
fn url(listener: &TcpListener) -> String {
    let Ok(address) = listener.local_addr() else { return String::new() };
    let ip = address.ip();
    if ip.is_unspecified() || ip == IpAddr::V4(Ipv4Addr::LOCALHOST) {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

/// The address of a listener, as this program itself must write it. It is never the name `localhost`: where that is `::1`
/// first, another program that listens there on the same port would get the payments.
fn numeric_url(listener: &TcpListener) -> String {
    let Ok(mut address) = listener.local_addr() else { return String::new() };
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    format!("http://{address}")
}

/// Resolves when the sender is dropped.
async fn until(mut stopped: watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_embedded_dynamodb_is_reached_by_its_number() {
        for (host, reached) in [("127.0.0.1", "http://127.0.0.1:"), ("0.0.0.0", "http://127.0.0.1:")] {
            let listener = listen(host.parse().unwrap(), 0, "--dynamodb-port").await.unwrap();
            assert!(url(&listener).starts_with("http://localhost:"), "a user gets an address to paste");
            let inside = numeric_url(&listener);
            assert!(inside.starts_with(reached), "{host} was to be reached at {reached}, not at {inside}");
        }
    }
}
