//! The front end: routes a request, hands its event to the function's own handler, and sends the answer back.

use crate::gateway;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderName, HeaderValue, Request, Response};
use futures_util::future::BoxFuture;
use http_body_util::LengthLimitError;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use lambda_runtime::{Context, LambdaEvent};
use payments_cancel::Cancel;
use payments_confirm::Confirm;
use payments_create::Create;
use payments_http::{Clock, Endpoint, Error, Function, Invalid, Route, Service, refuse};
use std::convert::Infallible;
use std::error::Error as _;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use uuid::Uuid;

/// API Gateway's own limit on a body, in bytes. The service's is far below, and is not the front end's to know.
const BODY_LIMIT: usize = 10 * 1024 * 1024;

type Cause = Box<dyn std::error::Error + Send + Sync>;
type Invoke = Box<dyn Fn(Vec<u8>, Context) -> BoxFuture<'static, Result<Vec<u8>, Cause>> + Send + Sync>;

/// The functions behind the port.
pub(crate) struct Front {
    routes: Vec<Route>,
    functions: Vec<Invoke>,
    clock: Clock,
}

impl Front {
    pub(crate) fn new(service: Service) -> Self {
        let service = Arc::new(service);
        let clock = Arc::clone(&service.clock);
        let mut front = Self { routes: Vec::new(), functions: Vec::new(), clock };
        front.add::<Create>(&service);
        front.add::<Confirm>(&service);
        front.add::<Cancel>(&service);
        front
    }

    /// An invocation is JSON in and JSON out, as between Lambda's runtime and its service.
    fn add<E: Endpoint>(&mut self, service: &Arc<Service>) {
        let function = Arc::new(Function::<E>::new(Arc::clone(service)));
        self.routes.push(E::ROUTE);
        self.functions.push(Box::new(move |event, context| {
            let function = Arc::clone(&function);
            Box::pin(async move {
                let event: payments_http::Incoming = serde_json::from_slice(&event)?;
                let answer = function.handle(LambdaEvent::new(event, context)).await?;
                Ok(serde_json::to_vec(&answer)?)
            })
        }));
    }

    async fn answer(&self, request: Request<Body>, source: SocketAddr, id: &str) -> Result<Response<Body>, Error> {
        let (parts, body) = request.into_parts();
        let segments = gateway::segments(parts.uri.path());
        let routed = Route::find(&self.routes, parts.method.as_str(), &segments)?;
        let body = to_bytes(body, BODY_LIMIT).await.map_err(|error| unread(&error))?;
        let internal = |cause: Cause| Error::Internal(cause);

        let (Some(route), Some(invoke)) = (self.routes.get(routed.index), self.functions.get(routed.index)) else {
            return Err(Error::NoRoute);
        };
        let now = chrono::DateTime::parse_from_rfc3339(&(self.clock)().to_string()).unwrap_or_default().to_utc();
        let event = gateway::event(&parts, &body, route, routed.parameters, source.ip(), now);
        let event = serde_json::to_vec(&event).map_err(|cause| internal(cause.into()))?;
        let mut context = Context::default();
        context.request_id = id.to_owned();
        let answer = invoke(event, context).await.map_err(internal)?;
        gateway::response(&answer).ok_or_else(|| internal("a function's answer cannot be read".into()))
    }
}

/// Why a body could not be read: it is too large, or it is broken.
fn unread(error: &axum::Error) -> Error {
    if error.source().is_some_and(|cause| cause.is::<LengthLimitError>()) {
        Error::PayloadTooLarge
    } else {
        Error::Invalid(Invalid::Incomplete)
    }
}

/// Serves until `stop` resolves.
pub(crate) async fn serve(listener: TcpListener, front: Front, stop: impl Future<Output = ()>) {
    let front = Arc::new(front);
    let mut http = http1::Builder::new();
    // Without it, hyper drops the work for a client that hangs up; Lambda finishes what it was given.
    http.half_close(true).timer(TokioTimer::new());
    let connections = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let Ok((stream, source)) = accepted else {
            // There are no file descriptors left, most likely: wait until a connection ends.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let front = Arc::clone(&front);
        let service = service_fn(move |request: Request<Incoming>| {
            let front = Arc::clone(&front);
            async move { Ok::<_, Infallible>(handle(&front, source, request.map(Body::new)).await) }
        });
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service));
        // It fails when the client breaks it off, and then nobody is left to tell.
        tokio::spawn(async move { drop(connection.await) });
    }
    drop(listener);
    connections.shutdown().await;
}

async fn handle(front: &Front, source: SocketAddr, request: Request<Body>) -> Response<Body> {
    let id = Uuid::new_v4().to_string();
    front.answer(request, source, &id).await.unwrap_or_else(|error| refused(error, &id))
}

/// What the front end answers itself, it answers as the functions do.
fn refused(error: Error, id: &str) -> Response<Body> {
    let (parts, body) = refuse(error, id).into_parts();
    let mut response = Response::new(Body::from(body.to_vec()));
    *response.status_mut() = parts.status;
    *response.headers_mut() = parts.headers;
    if parts.status == 413 {
        // The rest of the body is not read.
        response.headers_mut().insert(HeaderName::from_static("connection"), HeaderValue::from_static("close"));
    }
    response
}
