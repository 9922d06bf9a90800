//! The service's create without the connection that it opens at its start, to measure what that connection costs and saves.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use payments_create::CreateEndpoint;
use payments_http::{Dependencies, Function, Receipts, SecretKeys, default_language};
use payments_process::{Environment, Metrics, Settings, start_logging, system_clock};
use payments_store::Store;
use std::sync::Arc;
use std::{env, io};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logging(io::stdout, "info");
    let environment = Environment::of_this_process();
    let settings = Settings::read(environment)?;
    let endpoint = env::var("AWS_ENDPOINT_URL_DYNAMODB")?;
    let aws = payments_store::from_environment().await;
    let client = payments_store::dynamodb(&aws, Some(&endpoint), &settings.trust_store);
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
