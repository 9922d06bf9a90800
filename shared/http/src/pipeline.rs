//! The pipeline that every request goes through, and the only place that knows its order:
//!
//! 0. route
//! 1. size
//! 2. authentication
//! 3. media type, and 4. body and path: [`Endpoint::parse`]
//! 5. the payment itself: [`Endpoint::serve`]
//!
//! The first step that fails answers. A step for all endpoints is added in [`steps`], once. Whatever happens, a request
//! gets one answer, one log line and one line of metrics.

use crate::auth::Caller;
use crate::call::{BODY_LIMIT, Call};
use crate::context::{Context, Dependencies};
use crate::endpoint::{Access, Endpoint};
use crate::error::{ApiError, Panicked};
use crate::event::{Incoming, NotHttpEvent};
use crate::record::Record;
use crate::reply::{Reply, render};
use crate::route::Route;
use futures_util::FutureExt;
use lambda_http::request::RequestContext;
use lambda_http::{Adapter, Body, Request, RequestExt, Response};
use lambda_runtime::{LambdaEvent, Service as _, service_fn};
use serde::Serialize;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// One endpoint as a Lambda function.
pub struct Function<E> {
    dependencies: Arc<Dependencies>,
    endpoint: PhantomData<E>,
}

impl<E: Endpoint> Function<E> {
    /// The function over what it shares with others.
    pub const fn new(dependencies: Arc<Dependencies>) -> Self {
        Self { dependencies, endpoint: PhantomData }
    }

    /// Answers one event.
    ///
    /// # Errors
    /// [`NotHttpEvent`] for an event that no HTTP API sends. Everything else is an answer.
    pub async fn handle(&self, event: LambdaEvent<Incoming>) -> Result<impl Serialize + use<E>, NotHttpEvent> {
        let (incoming, context) = event.into_parts();
        let request = incoming.into_request()?;
        let dependencies = Arc::clone(&self.dependencies);
        let pipeline = service_fn(move |request: Request| {
            let dependencies = Arc::clone(&dependencies);
            async move { Ok(answer::<E>(&dependencies, &request).await) }
        });
        Adapter::from(pipeline).call(LambdaEvent::new(request, context)).await
    }
}

async fn answer<E: Endpoint>(dependencies: &Dependencies, request: &Request) -> Response<Body> {
    let id = request.lambda_context_ref().map(|context| context.request_id.as_str()).unwrap_or_default();
    let mut record = Record::start();
    // A panic costs one request. What it leaves behind is dropped with the request, and the record is only added to.
    let outcome = AssertUnwindSafe(steps::<E>(dependencies, request, id, &mut record)).catch_unwind().await;
    let outcome = outcome.unwrap_or_else(|_| Err(ApiError::internal(Panicked)));
    let now = catch_unwind(AssertUnwindSafe(|| (dependencies.clock)())).ok();
    record.finish(E::NAME, id, outcome.as_ref().map(|reply| reply.replayed), now, &dependencies.metrics);
    render(outcome, id)
}

async fn steps<E: Endpoint>(
    dependencies: &Dependencies,
    request: &Request,
    request_id: &str,
    record: &mut Record,
) -> Result<Reply, ApiError> {
    route(&E::ROUTE, request)?;
    size(request.body())?;
    let caller = match E::ACCESS {
        Access::SecretKey => dependencies.keys.authenticate(request.headers())?,
        Access::Open => Caller::Anybody,
    };
    let path = request.path_parameters_ref();
    let input = E::parse(&Call { path, headers: request.headers(), body: request.body() })?;
    E::serve(&mut Context { dependencies, caller, request_id, record }, input).await
}

fn route(route: &Route, request: &Request) -> Result<(), ApiError> {
    let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() else {
        return Err(ApiError::NoRoute);
    };
    let path = context.http.path.as_deref().unwrap_or_default();
    route.check(context.route_key.as_deref(), context.http.method.as_str(), path)
}

fn size(body: &[u8]) -> Result<(), ApiError> {
    if body.len() > BODY_LIMIT { Err(ApiError::PayloadTooLarge) } else { Ok(()) }
}
