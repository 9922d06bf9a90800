//! `cargo run`: a local copy of the service.

use atdd_payments::{Options, Running, StartError, start};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Parser;
use payments_http::{Settings, start_logging, system_clock};
use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

const SECRET_KEY: &str = "PAYMENTS_SECRET_KEY";
const SECRET_KEY_SHA256: &str = "PAYMENTS_SECRET_KEY_SHA256";
/// The key of the integration guide.
const DEFAULT_KEY: &str = "test_sk_dummy";

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    // The copy is quiet unless RUST_LOG says otherwise: if a test harness did not read standard error, a full pipe would
    // block the copy. The embedded DynamoDB warns of every failed condition, which is an ordinary answer here.
    start_logging(io::stderr, "warn,dynoxide=error");
    match serve(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(io::stderr(), "error: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: &Options) -> Result<(), StartError> {
    let settings = Settings::read(&environment)?;
    let running = start(options, settings, system_clock()).await?;
    // Ignore a closed standard output.
    drop(announce(&running));
    interrupted().await;
    running.stop().await;
    Ok(())
}

/// A variable of the environment. The secret key is that of the integration guide if none is set.
fn environment(name: &str) -> Option<OsString> {
    let default = name == SECRET_KEY && uses_default_key();
    set(name).or_else(|| default.then(|| OsString::from(DEFAULT_KEY)))
}

fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn uses_default_key() -> bool {
    set(SECRET_KEY).is_none() && set(SECRET_KEY_SHA256).is_none()
}

/// Prints what a user needs. Only the default key is printed, because the output may end up in a log.
fn announce(running: &Running) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "payments: {}", running.base_url)?;
    if uses_default_key() {
        let authorization = format!("Authorization: Basic {}", STANDARD.encode(format!("{DEFAULT_KEY}:")));
        writeln!(out, "key:      {authorization}")?;
        writeln!(out, "dynamodb: {}", running.dynamodb_url)?;
        writeln!(
            out,
            "try:      curl -i {}/v1/payments -H '{authorization}' -H 'Content-Type: application/json' \
             -d '{{\"paymentKey\":\"pay_1\",\"orderId\":\"order_1\",\"amount\":10000}}'",
            running.base_url
        )?;
    } else {
        writeln!(out, "key:      that of {SECRET_KEY} or {SECRET_KEY_SHA256}")?;
        writeln!(out, "dynamodb: {}", running.dynamodb_url)?;
    }
    writeln!(out, "Ctrl-C ends it.")
}

/// Resolves at Ctrl-C, or at the signal that a supervisor sends.
async fn interrupted() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    drop(tokio::signal::ctrl_c().await);
}
