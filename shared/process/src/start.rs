//! The start of a function: its log, its settings, and a connection to the store.

use crate::causes::Causes;
use crate::clock::{Clock, system_clock};
use crate::environment::Environment;
use crate::log::start_logging;
use crate::metrics::Metrics;
use crate::settings::{Settings, dynamodb_endpoint};
use payments_store::Store;
use std::error::Error;
use std::io;
use std::process::ExitCode;

/// What the process of every function has.
pub struct Process {
    /// The table of payments.
    pub store: Store,
    /// The clock.
    pub clock: Clock,
    /// Where metrics go.
    pub metrics: Metrics,
}

impl Process {
    /// The store, the clock and the metrics that the environment configures. A connection to DynamoDB is open, if one can be opened.
    ///
    /// # Errors
    /// [`crate::SettingError`].
    pub async fn open(environment: Environment<'_>) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let settings = Settings::read(environment)?;
        let endpoint = dynamodb_endpoint(environment)?;
        let aws = payments_store::from_environment().await;
        let client = payments_store::dynamodb(&aws, endpoint.as_deref(), &settings.trust_store);
        let store = Store::new(client, settings.table);
        if let Err(error) = store.connect().await {
            tracing::warn!(cause = %Causes(&error), "no connection to DynamoDB yet");
        }
        Ok(Self { store, clock: system_clock(), metrics: Metrics::to_stdout(settings.metrics_namespace) })
    }
}

/// Starts the log and serves an operation until Lambda ends the process. An invalid setting ends it at once, with a log line that
/// names the setting.
pub async fn start(
    operation: &'static str,
    serve: impl AsyncFnOnce(Environment<'static>) -> Result<(), Box<dyn Error + Send + Sync>>,
) -> ExitCode {
    start_logging(io::stdout, "info");
    match serve(Environment::of_this_process()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(operation, "cannot run: {error}");
            ExitCode::FAILURE
        }
    }
}
