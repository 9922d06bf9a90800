//! The service's create with the SDK's default HTTP client and TLS, to measure what the service's own client saves.

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use payments_create::Create;
use payments_http::{Dependencies, Function, Metrics, Settings, start_logging, system_clock};
use payments_store::Store;
use std::sync::Arc;
use std::{env, io};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logging(io::stdout, "info");
    let settings = Settings::read(&|name| env::var_os(name))?;
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::v2026_01_12()).await);
    let function = Function::<Create>::new(Arc::new(Dependencies {
        keys: settings.keys,
        store: Store::new(client, settings.table),
        receipts: settings.receipts,
        clock: system_clock(),
        metrics: Metrics::to_stdout(settings.metrics_namespace),
    }));
    run(service_fn(|event: LambdaEvent<_>| function.handle(event))).await
}
