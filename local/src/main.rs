//! `cargo run`: starts the local server.

use atdd_payments::{
    AllowedHosts, Dynamodb, ListenOn, Options, Running, StartError, aws_of_the_environment, is_on_this_machine, start,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Parser;
use hyper::Uri;
use payments_http::{PUBLISHED_KEY, RECEIPT_PAGES, SECRET_KEY, SECRET_KEY_SHA256};
use payments_process::{Environment, Settings, start_logging, system_clock};
use payments_store::TrustStore;
use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

/// Runs the payment service on this machine, with an embedded DynamoDB.
///
/// Other settings come from the environment, as in a deployment: PAYMENTS_SECRET_KEY (test_sk_dummy unless set),
/// PAYMENTS_SECRET_KEY_SHA256, TABLE_NAME, RECEIPT_BASE_URL, RECEIPT_MERCHANT_NAME, PAYMENTS_LANGUAGE.
#[derive(Debug, Parser)]
#[command(name = "atdd-payments", version)]
struct Arguments {
    /// The address to listen on, by default 127.0.0.1 and ::1; with 0.0.0.0, containers can reach both ports
    #[arg(long, value_name = "ADDRESS")]
    host: Option<IpAddr>,
    /// The port of the service; 0 takes a free one
    #[arg(long, default_value_t = 9090)]
    port: u16,
    /// The port of the embedded DynamoDB; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 9098)]
    dynamodb_port: u16,
    /// Keep payments in this file; without it, they are lost when the program ends
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Use another DynamoDB (DynamoDB Local, AWS) instead of the embedded one; AWS_REGION and credentials come from the
    /// environment or the AWS profile
    #[arg(long, value_name = "URL", value_parser = endpoint, conflicts_with_all = ["data", "dynamodb_port"])]
    dynamodb_endpoint: Option<String>,
    /// Create the table there, or its index, if it is missing
    #[arg(long, requires = "dynamodb_endpoint")]
    create_table: bool,
    /// Serve receipts: `receipt.url` then opens a page of this server, unless RECEIPT_BASE_URL names another address
    #[arg(long)]
    receipts: bool,
    /// Another name by which callers may call this server (payments.example.com); may be repeated
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
}

/// An endpoint that the AWS SDK can call.
fn endpoint(url: &str) -> Result<String, &'static str> {
    let parsed: Option<Uri> = url.parse().ok();
    let called = parsed.is_some_and(|url| matches!(url.scheme_str(), Some("http" | "https")));
    if called { Ok(url.to_owned()) } else { Err("it must begin with http:// or https:// and name a host") }
}

impl Arguments {
    async fn options(self, trusted: TrustStore) -> Options {
        let dynamodb = match self.dynamodb_endpoint {
            None => Dynamodb::Embedded { port: self.dynamodb_port, data: self.data },
            Some(endpoint) => {
                let aws = Box::new(aws_of_the_environment(trusted).await);
                Dynamodb::Existing { endpoint, aws, create_table: self.create_table }
            }
        };
        let listen_on = self.host.map_or(ListenOn::Loopback, ListenOn::Address);
        Options { listen_on, allowed_hosts: AllowedHosts::with(self.allow_host), port: self.port, dynamodb }
    }

    /// A line that says what other machines can do, if they can reach this server.
    fn exposure(&self) -> Option<String> {
        let host = self.host.filter(|host| !host.is_loopback())?;
        let without_a_key = match self.dynamodb_endpoint {
            None => ", and without a key reset this server and change its DynamoDB",
            Some(_) => "",
        };
        Some(format!("anyone who can reach {host} can make payments with the key{without_a_key}"))
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // The server is quiet unless RUST_LOG says otherwise: if a test harness did not read standard error, a full pipe would
    // block the server. The embedded DynamoDB warns of every failed condition, which is an ordinary answer here.
    start_logging(io::stderr, "warn,dynoxide=error");
    match serve(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(io::stderr(), "error: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: Arguments) -> Result<(), StartError> {
    let elsewhere = arguments.dynamodb_endpoint.as_ref().filter(|endpoint| !is_on_this_machine(endpoint));
    if let Some(endpoint) = elsewhere
        && uses_default_key()
    {
        return Err(StartError::KeyNeeded { endpoint: endpoint.clone() });
    }
    let receipts = arguments.receipts;
    let variables = |name: &str| match name {
        RECEIPT_PAGES if receipts => Some(OsString::from("on")),
        _ => variable(name),
    };
    let environment = Environment::new(&variables);
    let settings = Settings::read(environment)?;
    let exposure = arguments.exposure();
    let options = arguments.options(settings.trust_store.clone()).await;
    #[expect(clippy::disallowed_methods, reason = "the real clock of the journal")]
    let now = Arc::new(SystemTime::now);
    let running = start(&options, settings, environment, system_clock(), now).await?;
    let interrupted = interrupted();
    // Ignore a closed standard output.
    drop(announce(&running, exposure.as_deref()));
    interrupted.await;
    running.stop().await;
    Ok(())
}

/// A variable of the environment. Without a configured secret key, it is the key of the integration guide.
fn variable(name: &str) -> Option<OsString> {
    let default = name == SECRET_KEY && uses_default_key();
    set(name).or_else(|| default.then(|| OsString::from(PUBLISHED_KEY)))
}

fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn uses_default_key() -> bool {
    set(SECRET_KEY).is_none() && set(SECRET_KEY_SHA256).is_none()
}

/// Prints what a user needs. Only the default key is printed, because the output may end up in a log.
fn announce(running: &Running, exposure: Option<&str>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "payments: {}", running.base_url)?;
    if uses_default_key() {
        let authorization = format!("Authorization: Basic {}", STANDARD.encode(format!("{PUBLISHED_KEY}:")));
        writeln!(out, "key:      {authorization}")?;
        writeln!(out, "dynamodb: {}", running.dynamodb_url)?;
        writeln!(
            out,
            "try:      curl -i {}/v1/payments -H '{authorization}' -H 'Content-Type: application/json' \
             -d '{{\"paymentKey\":\"pay_1\",\"orderId\":\"order_1\",\"amount\":10000}}'",
            running.base_url
        )?;
    } else {
        writeln!(out, "key:      the one in {SECRET_KEY} or {SECRET_KEY_SHA256}")?;
        writeln!(out, "dynamodb: {}", running.dynamodb_url)?;
    }
    writeln!(out, "docs:     {}/docs", running.base_url)?;
    writeln!(out, "watch:    {}/__local/", running.base_url)?;
    if let Some(exposure) = exposure {
        writeln!(out, "open to:  {exposure}")?;
    }
    writeln!(out, "Ctrl-C ends it.")
}

/// Resolves at Ctrl-C, or at the signal that a supervisor sends. Signals count from this call on, because a supervisor may send one
/// as soon as the server prints that it is ready.
#[cfg(unix)]
#[expect(clippy::expect_used, reason = "both signals can be caught")]
fn interrupted() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).expect("SIGINT");
    let mut terminate = signal(SignalKind::terminate()).expect("SIGTERM");
    async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

/// Resolves at Ctrl-C.
#[cfg(not(unix))]
async fn interrupted() {
    drop(tokio::signal::ctrl_c().await);
}
