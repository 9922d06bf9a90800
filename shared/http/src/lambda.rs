//! The start of a function in Lambda: settings, clients, and the loop over events.

use crate::context::{Clock, Dependencies};
use crate::endpoint::Endpoint;
use crate::error::Causes;
use crate::log::start_logging;
use crate::pipeline::Function;
use crate::record::Metrics;
use crate::settings::{Settings, dynamodb_endpoint};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use payments_domain::Timestamp;
use payments_store::Store;
use std::env;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Serves one endpoint until Lambda ends the process. An invalid setting ends it at once, with a log line that names it.
pub async fn run<E: Endpoint>() -> ExitCode {
    start_logging(io::stdout, "info");
    match serve::<E>().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(operation = E::NAME, "cannot run: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve<E: Endpoint>() -> Result<(), Error> {
    let function = Arc::new(Function::<E>::new(Arc::new(from_environment().await?)));
    lambda_runtime::run(service_fn(move |event: LambdaEvent<_>| {
        let function = Arc::clone(&function);
        async move { function.handle(event).await }
    }))
    .await
}

async fn from_environment() -> Result<Dependencies, Error> {
    let lookup = |name: &str| env::var_os(name);
    let settings = Settings::read(&lookup)?;
    let endpoint = dynamodb_endpoint(&lookup)?;
    let aws = payments_store::from_environment().await;
    let client = payments_store::dynamodb(&aws, endpoint.as_deref(), &settings.trust_store);
    let store = Store::new(client, settings.table);
    if settings.connect_at_start
        && let Err(error) = store.connect().await
    {
        tracing::warn!(cause = %Causes(&error), "no connection to DynamoDB yet");
    }
    Ok(Dependencies {
        keys: settings.keys,
        store,
        receipts: settings.receipts,
        clock: system_clock(),
        metrics: Metrics::to_stdout(settings.metrics_namespace),
    })
}

/// The clock of this machine.
pub fn system_clock() -> Clock {
    Arc::new(|| {
        #[expect(clippy::disallowed_methods, reason = "the only real clock")]
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok();
        #[expect(clippy::expect_used, reason = "there are no stamps before 1970 or after 9999")]
        now.and_then(|now| i64::try_from(now.as_secs()).ok()).and_then(Timestamp::from_unix).expect("a sane clock")
    })
}
