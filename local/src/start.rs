//! Starts the parts of a local server, and stops them.

use crate::admin::{Admin, Stopped};
use crate::database;
use crate::error::StartError;
use crate::exchange::{Exchanges, Now};
use crate::front::Front;
use aws_config::SdkConfig;
use futures_util::future::FutureExt;
use payments_dynamodb::{Database, PaymentsTable, TableError, TableState};
use payments_http::{Dependencies, Receipts, SecretKeys, default_language};
use payments_language::Language;
use payments_process::{Causes, Clock, Environment, Metrics, Settings};
use payments_server::{AllowedHosts, Client, ListenError, ListenOn, Listener};
use payments_store::Store;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How to start a local server.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen.
    pub listen_on: ListenOn,
    /// The names by which callers may call this server.
    pub allowed_hosts: AllowedHosts,
    /// The port of the service; 0 picks a free one.
    pub port: u16,
    /// The DynamoDB to use.
    pub dynamodb: Dynamodb,
}

/// The DynamoDB of a local server.
#[derive(Debug, Clone)]
pub enum Dynamodb {
    /// The one that is part of this program.
    Embedded {
        /// Its port, at the server's own address; 0 picks a free one.
        port: u16,
        /// The file with the payments. Without it, they are lost when the program ends.
        data: Option<PathBuf>,
    },
    /// An existing one: DynamoDB Local, or AWS.
    Existing {
        /// Where it is.
        endpoint: String,
        /// Region and credentials.
        aws: Box<SdkConfig>,
        /// Whether to create the table, or its index, if it is not there.
        create_table: bool,
    },
}

/// A local server that is serving.
#[derive(Debug)]
pub struct Running {
    /// Where the service is: `http://localhost:9090`.
    pub base_url: String,
    /// Where its DynamoDB is.
    pub dynamodb_url: String,
    front: Part,
    /// The embedded DynamoDB.
    database: Option<Part>,
}

/// A task, and the signal that stops it.
#[derive(Debug)]
struct Part {
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

/// Starts a local server and waits until it answers. Keys, receipts and the language come from the environment, as in a deployment.
/// Payments have the time of `clock`, and requests in the journal that of `now`.
///
/// # Errors
/// [`StartError`]. Nothing is left running.
pub async fn start(
    options: &Options,
    settings: Settings,
    environment: Environment<'_>,
    clock: Clock,
    now: Now,
) -> Result<Running, StartError> {
    let keys = SecretKeys::read(environment)?;
    let language = default_language(environment)?;
    let listener = listen(options.listen_on, options.port, "--port").await?;
    let receipts = Receipts::read(environment, &format!("{}/receipts", listener.url()))?;
    let (table, dynamodb_url, database) = match &options.dynamodb {
        Dynamodb::Embedded { port, data } => {
            let listener = listen(options.listen_on, *port, "--dynamodb-port").await?;
            let database = database::open(data.as_deref())?;
            let (table, url, part) =
                embed(listener, database, options.allowed_hosts.clone(), language, &settings).await?;
            (table, url, Some(part))
        }
        Dynamodb::Existing { endpoint, aws, create_table } => {
            (connect(endpoint, aws, &settings, *create_table).await?, endpoint.clone(), None)
        }
    };
    let base_url = listener.url();
    let dependencies = Dependencies {
        keys,
        store: Store::new(table.client.clone(), &table.name),
        receipts,
        language,
        clock,
        metrics: Metrics::off(),
    };
    let (embedded, exchanges) = (database.is_some(), Arc::new(Exchanges::new(now)));
    let front = Part::spawn(|stopped| {
        let admin = Admin { table, embedded, exchanges, stopped: stopped.clone() };
        let front = Arc::new(Front::new(&Arc::new(dependencies), admin, options.allowed_hosts.clone()));
        let answers = move |client: Client| {
            let front = Arc::clone(&front);
            move |request| {
                let (front, client) = (Arc::clone(&front), client.clone());
                async move { front.answer(request, client).await }
            }
        };
        payments_server::serve(listener, answers, stopped)
    });
    Ok(Running { base_url, dynamodb_url, front, database })
}

/// Starts the embedded DynamoDB with its table. Returns the table, the address of the DynamoDB, and what stops it.
async fn embed(
    listener: Listener,
    database: Database,
    allowed_hosts: AllowedHosts,
    language: Language,
    settings: &Settings,
) -> Result<(PaymentsTable, String, Part), StartError> {
    let (outside, inside) = (listener.url(), listener.numeric_url());
    let part = Part::spawn(|stop| payments_dynamodb::serve(listener, database, allowed_hosts, language, stop));
    let client = payments_store::dynamodb(&payments_dynamodb::aws(), Some(&inside), &settings.trust_store);
    let table = PaymentsTable { client, name: settings.table.clone() };
    table.create().await.map_err(|error| StartError::Table(Causes(&*error).to_string()))?;
    Ok((table, outside, part))
}

/// The table in an existing DynamoDB.
async fn connect(
    endpoint: &str,
    aws: &SdkConfig,
    settings: &Settings,
    create: bool,
) -> Result<PaymentsTable, StartError> {
    let unusable = |error: TableError| {
        let cause = Causes(&*error).to_string();
        StartError::Existing { endpoint: endpoint.to_owned(), cause }
    };
    let client = payments_store::dynamodb(aws, Some(endpoint), &settings.trust_store);
    let table = PaymentsTable { client, name: settings.table.clone() };
    let endpoint = || endpoint.to_owned();
    if create {
        table.create().await.map_err(unusable)?;
    } else {
        match table.state().await.map_err(unusable)? {
            TableState::Complete => {}
            TableState::WithoutIndex => return Err(StartError::NoIndex { table: table.name, endpoint: endpoint() }),
            TableState::Missing => return Err(StartError::NoTable { table: table.name, endpoint: endpoint() }),
        }
    }
    if table.returns_the_item_of_a_failed_condition().await == Some(false) {
        return Err(StartError::NoItemOfAFailedCondition { endpoint: endpoint() });
    }
    Ok(table)
}

impl Running {
    /// Stops the service, then its DynamoDB, within six seconds. Requests in progress are answered. It waits for a client that does
    /// not finish its request only as long as the slowest answer takes.
    pub async fn stop(self) {
        self.front.stop(Duration::from_secs(5)).await;
        if let Some(database) = self.database {
            // The service has all its answers by now.
            database.stop(Duration::from_millis(500)).await;
        }
    }
}

impl Part {
    /// Spawns a task, and passes it a future that resolves when the part must stop.
    fn spawn<T: Future<Output = ()> + Send + 'static>(task: impl FnOnce(Stopped) -> T) -> Self {
        let (stop, mut stopped) = watch::channel(());
        let task = task(async move { while stopped.changed().await.is_ok() {} }.boxed().shared());
        Self { stop, task: tokio::spawn(task) }
    }

    /// Stops it. If it is still busy after `patience`, it ends with the process.
    async fn stop(self, patience: Duration) {
        drop(self.stop);
        drop(tokio::time::timeout(patience, self.task).await);
    }
}

async fn listen(on: ListenOn, port: u16, option: &'static str) -> Result<Listener, StartError> {
    Listener::bind(on, port).await.map_err(|ListenError { address, cause }| match cause.kind() {
        io::ErrorKind::AddrInUse => StartError::PortTaken { address, option },
        _ => StartError::Listen { address, option, cause },
    })
}
