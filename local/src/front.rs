//! The front end: routes a request, hands its event to the function's own handler, and sends the answer back.

use crate::gateway;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue, Response};
use futures_util::future::BoxFuture;
use lambda_runtime::{Context, LambdaEvent};
use payments_cancel::Cancel;
use payments_confirm::Confirm;
use payments_create::Create;
use payments_http::{Clock, Endpoint, Error, Function, Incoming, Route, Service, refuse};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
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
                let event: Incoming = serde_json::from_slice(&event)?;
                let answer = function.handle(LambdaEvent::new(event, context)).await?;
                Ok(serde_json::to_vec(&answer)?)
            })
        }));
    }

    async fn answer(&self, request: Request, source: SocketAddr, id: &str) -> Result<Response<Body>, Error> {
        let (parts, body) = request.into_parts();
        let segments = gateway::segments(parts.uri.path());
        let routed = Route::find(&self.routes, parts.method.as_str(), &segments)?;
        let body = to_bytes(body, BODY_LIMIT).await.map_err(|_| Error::PayloadTooLarge)?;
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

/// Serves until `stop` resolves.
pub(crate) async fn serve(listener: TcpListener, front: Front, stop: impl Future<Output = ()> + Send + 'static) {
    let app = Router::new().fallback(handle).with_state(Arc::new(front));
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    // axum's server has no error to give back: it accepts until it is told to stop.
    drop(axum::serve(listener, service).with_graceful_shutdown(stop).await);
}

async fn handle(
    State(front): State<Arc<Front>>,
    ConnectInfo(source): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<Body> {
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
