//! `cargo run`: a local copy of the service.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Parser;
use local_copy::{Options, Running, StartError, start};
use payments_http::{Settings, start_logging, system_clock};
use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

const SECRET_KEY: &str = "PAYMENTS_SECRET_KEY";
const SECRET_KEY_SHA256: &str = "PAYMENTS_SECRET_KEY_SHA256";

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    // Quiet unless RUST_LOG asks: a test harness that leaves standard error unread would block the copy on a full pipe. The
    // embedded DynamoDB warns of every refused condition, which is an ordinary answer here.
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
    let settings = Settings::read(&environment).map_err(StartError::Setting)?;
    let running = start(options, settings, system_clock()).await?;
    // Whoever closed standard output does not want to be told.
    let key = environment(SECRET_KEY).and_then(|key| key.into_string().ok());
    drop(announce(&running, key.as_deref()));
    interrupted().await;
    running.stop().await;
    Ok(())
}

/// The environment, with the guide's key where no other is set.
fn environment(name: &str) -> Option<OsString> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let default = name == SECRET_KEY && set(SECRET_KEY_SHA256).is_none();
    set(name).or_else(|| default.then(|| OsString::from("test_sk_dummy")))
}

fn announce(running: &Running, key: Option<&str>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "payments: {}", running.base_url)?;
    match key {
        Some(key) => {
            let authorization = format!("Authorization: Basic {}", STANDARD.encode(format!("{key}:")));
            writeln!(out, "key:      {authorization}")?;
            writeln!(out, "dynamodb: {}", running.dynamodb_url)?;
            writeln!(
                out,
                "try:      curl -i {}/v1/payments -H '{authorization}' -H 'Content-Type: application/json' \
                 -d '{{\"paymentKey\":\"pay_1\",\"orderId\":\"order_1\",\"amount\":10000}}'",
                running.base_url
            )?;
        }
        None => {
            writeln!(out, "key:      one of those whose digests are in {SECRET_KEY_SHA256}")?;
            writeln!(out, "dynamodb: {}", running.dynamodb_url)?;
        }
    }
    writeln!(out, "Ctrl-C ends it.")
}

/// Ctrl-C, or the signal that a supervisor sends.
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
