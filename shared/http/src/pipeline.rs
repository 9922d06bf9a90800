//! The pipeline that every request goes through, and the only place that knows its order:
//!
//! 0. route
//! 1. size, which was measured when the event was read
//! 2. authentication, unless people call the endpoint
//! 3. media type, and 4. body and path: [`Endpoint::parse`]
//! 5. the payment itself: [`Endpoint::serve`]
//!
//! The first step that fails determines the answer. A new step for all endpoints belongs in [`steps`]. Each request gets exactly
//! one answer, one log line and one line of metrics.

use crate::answer::{ApiError, Panicked, Reply, error_page_response, error_response, gateway_response, reply_response};
use crate::context::{Context, Dependencies};
use crate::endpoint::{Audience, Endpoint};
use crate::record::Record;
use crate::request::{Call, Incoming, NotHttpEvent, Request, RequestError, authenticate, language_of};
use futures_util::FutureExt;
use lambda_http::http::Response;
use lambda_runtime::LambdaEvent;
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
    /// The function, with its shared dependencies.
    pub const fn new(dependencies: Arc<Dependencies>) -> Self {
        Self { dependencies, endpoint: PhantomData }
    }

    /// Answers one event.
    ///
    /// # Errors
    /// [`NotHttpEvent`] for an event that no HTTP API sends. Every other error is an answer.
    pub async fn handle(&self, event: LambdaEvent<Incoming>) -> Result<impl Serialize + use<E>, NotHttpEvent> {
        let (incoming, context) = event.into_parts();
        let request = incoming.into_request()?;
        Ok(gateway_response(answer::<E>(&self.dependencies, &request, &context.request_id).await))
    }
}

async fn answer<E: Endpoint>(dependencies: &Dependencies, request: &Request, id: &str) -> Response<String> {
    let mut record = Record::start();
    // A panic affects one request. Its state is dropped with the request, and the record is only added to.
    let reply = AssertUnwindSafe(steps::<E>(dependencies, request, id, &mut record)).catch_unwind().await;
    let reply = reply.unwrap_or_else(|_| Err(ApiError::internal(Panicked)));
    let reply = reply.map_err(|error| if record.may_be_made { error.after_a_write() } else { error });
    let now = catch_unwind(AssertUnwindSafe(|| (dependencies.clock)())).ok();
    record.finish(E::NAME, id, reply.as_ref().map(|reply| reply.outcome), now, &dependencies.metrics);
    match reply {
        Ok(reply) => reply_response(reply, id),
        Err(error) => {
            let language = language_of(&request.headers, dependencies.language);
            match E::AUDIENCE {
                Audience::Backends => error_response(&error, id, language),
                Audience::Customers(page_of) => error_page_response(&error, page_of(&error, language), id, language),
            }
        }
    }
}

async fn steps<E: Endpoint>(
    dependencies: &Dependencies,
    request: &Request,
    request_id: &str,
    record: &mut Record,
) -> Result<Reply, ApiError> {
    E::ROUTE.check(request.route_key.as_deref(), &request.method, &request.path)?;
    let body = request.body.as_ref().map_err(|error| RequestError::from(*error))?;
    if let Audience::Backends = E::AUDIENCE {
        authenticate(&dependencies.keys, &request.headers)?;
    }
    let headers = &request.headers;
    let input = E::parse(&Call { path: &request.parameters, token: &request.token, headers, body })?;
    E::serve(&mut Context { dependencies, headers, request_id, record }, input).await
}
