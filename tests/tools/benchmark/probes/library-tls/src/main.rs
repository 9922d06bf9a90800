//! The service's create with the SDK's default HTTP client and TLS, to measure what the service's own client saves.

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use payments_create::CreateEndpoint;
use payments_http::{Dependencies, Function, Receipts, SecretKeys, default_language};
use payments_process::{Environment, Metrics, Settings, start_logging, system_clock};
use payments_store::Store;
use std::io;
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logging(io::stdout, "info");
    let environment = Environment::of_this_process();
    let settings = Settings::read(environment)?;
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::v2026_01_12()).await);
    let function = Function::<CreateEndpoint>::new(Arc::new(Dependencies {
        keys: SecretKeys::read(environment)?,
        store: Store::new(client, settings.table),
        receipts: Receipts::read(environment, Receipts::DEFAULT_BASE)?,
        language: default_language(environment)?,
        clock: system_clock(),
        metrics: Metrics::to_stdout(settings.metrics_namespace),
    }));
    run(service_fn(|event: LambdaEvent<_>| function.handle(event))).await
}
