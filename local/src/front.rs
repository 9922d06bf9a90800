//! The front end: routes a request, hands its event to the function's own handler, and sends the answer back. A request
//! that is about the copy itself goes to [`crate::admin`], and one for the contract to [`crate::docs`].

use crate::admin::{self, Action, Admin};
use crate::docs::{self, Document};
use crate::gateway;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::LengthLimitError;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use lambda_runtime::Context;
use payments_functions::{FUNCTIONS, Invoke};
use payments_http::{ApiError, Clock, Dependencies, Invalid, Route, error_response};
use std::convert::Infallible;
use std::error::Error as _;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use uuid::Uuid;

/// API Gateway's own limit on a body, in bytes. The service has a limit of its own, far below, and checks it itself.
const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// What is behind the port.
pub(crate) struct Front {
    routes: Vec<(Route, Target)>,
    admin: Admin,
    clock: Clock,
}

/// Who answers the requests of a route.
enum Target {
    Function(Invoke),
    Admin(Action),
    Document(Document),
}

impl Front {
    pub(crate) fn new(dependencies: &Arc<Dependencies>, admin: Admin) -> Self {
        let functions =
            FUNCTIONS.map(|function| (function.route, Target::Function(function.over(Arc::clone(dependencies)))));
        let actions = admin::ROUTES.map(|(route, action)| (route, Target::Admin(action)));
        let documents = docs::ROUTES.map(|(route, document)| (route, Target::Document(document)));
        Self {
            routes: functions.into_iter().chain(actions).chain(documents).collect(),
            admin,
            clock: Arc::clone(&dependencies.clock),
        }
    }

    async fn answer(&self, request: Request<Body>, source: SocketAddr, id: &str) -> Result<Response<Body>, ApiError> {
        let (parts, body) = request.into_parts();
        let segments = gateway::segments(parts.uri.path());
        let routed = Route::find(&self.routes, parts.method.as_str(), &segments)?;
        let invoke = match routed.target {
            Target::Function(invoke) => invoke,
            Target::Admin(action) => return Ok(self.admin.answer(*action).await),
            Target::Document(document) => return document.answer(&routed.parameters),
        };
        let body = to_bytes(body, BODY_LIMIT).await.map_err(|error| unread(&error))?;

        let now = chrono::DateTime::from_timestamp((self.clock)().unix(), 0).unwrap_or_default();
        let event = gateway::event(&parts, &body, routed.route, routed.parameters, source.ip(), now);
        let event = serde_json::to_vec(&event).map_err(|cause| ApiError::Internal(cause.into()))?;
        let mut context = Context::default();
        context.request_id = id.to_owned();
        let answer = invoke(event, context).await.map_err(ApiError::Internal)?;
        gateway::response(&answer).ok_or_else(|| ApiError::Internal("a function's answer cannot be read".into()))
    }
}

/// Why a body could not be read: it is too large, or it is broken.
fn unread(error: &axum::Error) -> ApiError {
    if error.source().is_some_and(|cause| cause.is::<LengthLimitError>()) {
        ApiError::PayloadTooLarge
    } else {
        ApiError::Invalid(Invalid::Incomplete)
    }
}

/// Serves until `stop` resolves.
pub(crate) async fn serve(listener: TcpListener, front: Front, stop: impl Future<Output = ()>) {
    let front = Arc::new(front);
    let mut http = http1::Builder::new();
    // Without half_close, hyper would drop the work for a client that hangs up. Lambda finishes what it was given.
    http.half_close(true).timer(TokioTimer::new());
    let connections = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let Ok((stream, source)) = accepted else {
            // Most likely there are no file descriptors left. Wait until a connection ends.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let front = Arc::clone(&front);
        let service = service_fn(move |request: Request<Incoming>| {
            let front = Arc::clone(&front);
            async move { Ok::<_, Infallible>(handle(&front, source, request.map(Body::new)).await) }
        });
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service));
        // It fails when the client breaks the connection off, and then nobody waits for the error.
        tokio::spawn(async move { drop(connection.await) });
    }
    drop(listener);
    connections.shutdown().await;
}

async fn handle(front: &Front, source: SocketAddr, request: Request<Body>) -> Response<Body> {
    #[expect(clippy::disallowed_methods, reason = "the front end stands in for Lambda, which makes the ids")]
    let id = Uuid::new_v4().to_string();
    front.answer(request, source, &id).await.unwrap_or_else(|error| own_answer(error, &id))
}

/// The answer to a request that the front end does not hand on. It looks like an answer of the functions.
fn own_answer(error: ApiError, id: &str) -> Response<Body> {
    let (parts, body) = error_response(error, id).into_parts();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = parts.status;
    *response.headers_mut() = parts.headers;
    if parts.status == 413 {
        // The rest of the body is not read.
        response.headers_mut().insert(HeaderName::from_static("connection"), HeaderValue::from_static("close"));
    }
    response
}
