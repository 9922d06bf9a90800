//! Starts the parts of a local copy, and stops them.

use crate::admin::Admin;
use crate::database;
use crate::error::StartError;
use crate::front::{self, Front};
use futures_util::future::BoxFuture;
use payments_dynamodb::Table;
use payments_http::{Clock, Dependencies, Metrics, Settings};
use payments_store::{SdkConfig, Store};
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How to start a local copy.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address to listen at.
    pub host: IpAddr,
    /// The port of the service; 0 picks a free one.
    pub port: u16,
    /// The DynamoDB to use.
    pub dynamodb: Dynamodb,
}

/// The DynamoDB of a local copy.
#[derive(Debug, Clone)]
pub enum Dynamodb {
    /// The one that is part of this program.
    Embedded {
        /// Its port, at the copy's own address; 0 picks a free one.
        port: u16,
        /// The file that keeps payments. Without it, they end with the program.
        data: Option<PathBuf>,
    },
    /// One that is there already: DynamoDB Local, or AWS.
    Existing {
        /// Where it is.
        endpoint: String,
        /// Region and credentials.
        aws: Box<SdkConfig>,
        /// Whether to create the table if it is not there.
        create_table: bool,
    },
}

/// A local copy that is serving.
#[derive(Debug)]
pub struct Running {
    /// Where the service is: `http://localhost:9090`.
    pub base_url: String,
    /// Where its DynamoDB is.
    pub dynamodb_url: String,
    /// What runs, in the order in which it is to stop.
    parts: Vec<Part>,
}

/// A task, and what ends it when it is dropped.
#[derive(Debug)]
struct Part {
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

/// Starts a local copy and waits until it answers.
///
/// # Errors
/// [`StartError`]. Nothing is left running.
pub async fn start(options: &Options, settings: Settings, clock: Clock) -> Result<Running, StartError> {
    let listener = listen(options.host, options.port, "--port").await?;
    let (table, dynamodb_url, database) = match &options.dynamodb {
        Dynamodb::Embedded { port, data } => {
            let (table, url, part) = embed(options.host, *port, data.as_deref(), &settings).await?;
            (table, url, Some(part))
        }
        Dynamodb::Existing { endpoint, aws, create_table } => {
            (connect(endpoint, aws, &settings, *create_table).await?, endpoint.clone(), None)
        }
    };
    let base_url = url(&listener);
    let dependencies = Dependencies {
        keys: settings.keys,
        store: Store::new(table.client.clone(), &table.name),
        receipts: settings.receipts,
        clock,
        metrics: Metrics::off(),
    };
    let admin = Admin { table, embedded: database.is_some() };
    let front = Part::spawn(|stop| front::serve(listener, Front::new(&Arc::new(dependencies), admin), stop));
    Ok(Running { base_url, dynamodb_url, parts: std::iter::once(front).chain(database).collect() })
}

/// Starts the embedded DynamoDB with its table. Returns the table, the address of the DynamoDB, and what stops it.
async fn embed(
    host: IpAddr,
    port: u16,
    data: Option<&Path>,
    settings: &Settings,
) -> Result<(Table, String, Part), StartError> {
    let database = database::open(data)?;
    let listener = listen(host, port, "--dynamodb-port").await?;
    let (outside, inside) = (url(&listener), numeric_url(&listener));
    let part = Part::spawn(|stop| payments_dynamodb::serve(listener, database, stop));
    let client = payments_store::dynamodb(&payments_dynamodb::aws(), Some(&inside), &settings.trust_store);
    let table = Table { client, name: settings.table.clone() };
    table.create().await.map_err(StartError::Table)?;
    Ok((table, outside, part))
}

/// The table in a DynamoDB that is there already.
async fn connect(endpoint: &str, aws: &SdkConfig, settings: &Settings, create: bool) -> Result<Table, StartError> {
    let unusable = |cause| StartError::Existing { endpoint: endpoint.to_owned(), cause };
    let client = payments_store::dynamodb(aws, Some(endpoint), &settings.trust_store);
    let table = Table { client, name: settings.table.clone() };
    if create {
        table.create().await.map_err(unusable)?;
    } else if !table.exists().await.map_err(unusable)? {
        return Err(StartError::NoTable { table: table.name, endpoint: endpoint.to_owned() });
    }
    Ok(table)
}

impl Running {
    /// Stops the service, then its DynamoDB. Requests under way are answered. A client that does not finish its request is
    /// waited for as long as the slowest answer takes, and no longer.
    pub async fn stop(self) {
        const PATIENCE: Duration = Duration::from_secs(5);
        for Part { stop, task } in self.parts {
            drop(stop);
            // A task that is still busy after that ends with the process.
            drop(tokio::time::timeout(PATIENCE, task).await);
        }
    }
}

impl Part {
    /// Spawns a task. What it is given resolves when the part is to stop.
    fn spawn<T: Future<Output = ()> + Send + 'static>(task: impl FnOnce(BoxFuture<'static, ()>) -> T) -> Self {
        let (stop, mut stopped) = watch::channel(());
        let task = task(Box::pin(async move { while stopped.changed().await.is_ok() {} }));
        Self { stop, task: tokio::spawn(task) }
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
