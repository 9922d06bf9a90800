//! The start of an endpoint's function in Lambda.

use crate::answer::Receipts;
use crate::context::Dependencies;
use crate::endpoint::Endpoint;
use crate::pipeline::Function;
use crate::request::{SecretKeys, default_language};
use lambda_runtime::{LambdaEvent, service_fn};
use payments_process::{Process, start};
use std::process::ExitCode;
use std::sync::Arc;

/// Serves one endpoint until Lambda ends the process. An invalid setting ends it at once, with a log line that names it.
pub async fn run<E: Endpoint>() -> ExitCode {
    start(E::NAME, async |environment| {
        let (keys, receipts) = (SecretKeys::read(environment)?, Receipts::read(environment, Receipts::DEFAULT_BASE)?);
        let language = default_language(environment)?;
        let Process { store, clock, metrics } = Process::open(environment).await?;
        let dependencies = Dependencies { keys, store, receipts, language, clock, metrics };
        let function = Arc::new(Function::<E>::new(Arc::new(dependencies)));
        lambda_runtime::run(service_fn(move |event: LambdaEvent<_>| {
            let function = Arc::clone(&function);
            // In a box, because the compiler limits how deep futures nest. Those of the runtime and of the SDK are deep already.
            Box::pin(async move { function.handle(event).await })
        }))
        .await
    })
    .await
}
