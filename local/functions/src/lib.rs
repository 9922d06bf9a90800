//! The one list of the functions. The local server serves them, and tests compare the template, the watch router and the sample
//! events with the list. It is a crate of its own because tests that call the functions use it without the local server.

use futures_util::future::BoxFuture;
use lambda_runtime::{Context, LambdaEvent};
use payments_cancel::CancelEndpoint;
use payments_confirm::ConfirmEndpoint;
use payments_create::CreateEndpoint;
use payments_http::{Audience, Dependencies, Endpoint, Function, Incoming, Route};
use payments_list::ListEndpoint;
use payments_receipt::ReceiptEndpoint;
use payments_retrieve::RetrieveEndpoint;
use std::error::Error;
use std::sync::Arc;

/// Why an invocation has no answer.
pub type InvocationError = Box<dyn Error + Send + Sync>;

/// Invokes a function: JSON in and JSON out, as between Lambda's runtime and its service.
pub type Invoke = Arc<dyn Fn(Vec<u8>, Context) -> BoxFuture<'static, Result<Vec<u8>, InvocationError>> + Send + Sync>;

/// One Lambda function of the service.
#[derive(Debug, Clone, Copy)]
pub struct ListedFunction {
    /// The name of its operation: `create`.
    pub name: &'static str,
    /// Its route.
    pub route: Route,
    /// Who calls it.
    pub audience: Audience,
    over: fn(Arc<Dependencies>) -> Invoke,
}

/// All functions of the service.
pub const FUNCTIONS: [ListedFunction; 6] = [
    ListedFunction::of::<CreateEndpoint>(),
    ListedFunction::of::<ConfirmEndpoint>(),
    ListedFunction::of::<CancelEndpoint>(),
    ListedFunction::of::<RetrieveEndpoint>(),
    ListedFunction::of::<ListEndpoint>(),
    ListedFunction::of::<ReceiptEndpoint>(),
];

impl ListedFunction {
    const fn of<E: Endpoint>() -> Self {
        Self { name: E::NAME, route: E::ROUTE, audience: E::AUDIENCE, over: invoke::<E> }
    }

    /// The function, with its shared dependencies.
    pub fn over(&self, dependencies: Arc<Dependencies>) -> Invoke {
        (self.over)(dependencies)
    }

    /// The package of its binary: `payments-create`.
    pub fn package(&self) -> String {
        format!("payments-{}", self.name)
    }

    /// Its logical id in the template: `CreateFunction`.
    pub fn logical_id(&self) -> String {
        let (initial, rest) = self.name.split_at(1);
        format!("{}{rest}Function", initial.to_uppercase())
    }
}

fn invoke<E: Endpoint>(dependencies: Arc<Dependencies>) -> Invoke {
    let function = Arc::new(Function::<E>::new(dependencies));
    Arc::new(move |event, context| {
        let function = Arc::clone(&function);
        Box::pin(async move {
            let event: Incoming = serde_json::from_slice(&event)?;
            let answer = function.handle(LambdaEvent::new(event, context)).await?;
            Ok(serde_json::to_vec(&answer)?)
        })
    })
}
