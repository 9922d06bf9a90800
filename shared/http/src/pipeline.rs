//! The pipeline: route, size, key, media type, parse, decide and write, render. Every endpoint runs through it, in this
//! order, and the first step that fails answers. A step for all endpoints is added in [`steps`], once.

use crate::auth::Keys;
use crate::body::Request as Parsed;
use crate::endpoint::{Endpoint, Receipts};
use crate::error::Error;
use crate::event::{Incoming, NotHttpEvent};
use crate::message;
use crate::record::{Metrics, Record};
use crate::route::Route;
use futures_util::FutureExt;
use lambda_http::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use lambda_http::http::{HeaderMap, HeaderValue, StatusCode};
use lambda_http::request::RequestContext;
use lambda_http::{Adapter, Body, Request, RequestExt, Response};
use lambda_runtime::{LambdaEvent, Service as _, service_fn};
use payments_domain::{Command, Decision, RequestId, Stamp, Timestamp};
use payments_store::Store;
use serde::Serialize;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Tells the time. It comes in from outside, so that a test needs no waiting.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What the endpoints of one process share.
pub struct Service {
    /// The keys that are valid.
    pub keys: Keys,
    /// The table.
    pub store: Store,
    /// Where receipts are.
    pub receipts: Receipts,
    /// The time.
    pub clock: Clock,
    /// Where metrics go.
    pub metrics: Metrics,
}

/// One endpoint as a Lambda function.
pub struct Function<E> {
    service: Arc<Service>,
    endpoint: PhantomData<E>,
}

impl<E: Endpoint> Function<E> {
    /// The function over what it shares.
    pub fn new(service: Arc<Service>) -> Self {
        Self { service, endpoint: PhantomData }
    }

    /// Answers one event.
    ///
    /// # Errors
    /// [`NotHttpEvent`] for an event that no HTTP API sends; everything else is an answer.
    pub async fn handle(&self, event: LambdaEvent<Incoming>) -> Result<impl Serialize + use<E>, NotHttpEvent> {
        let (incoming, context) = event.into_parts();
        let request = incoming.into_request()?;
        let service = Arc::clone(&self.service);
        let pipeline = service_fn(move |request: Request| {
            let service = Arc::clone(&service);
            async move { Ok(answer::<E>(&service, &request).await) }
        });
        Adapter::from(pipeline).call(LambdaEvent::new(request, context)).await
    }
}

/// A 200, and whether this request did the work.
struct Success {
    body: String,
    replayed: bool,
}

async fn answer<E: Endpoint>(service: &Service, request: &Request) -> Response<Body> {
    let id = request.lambda_context_ref().map(|context| context.request_id.as_str()).unwrap_or_default();
    let mut record = Record::start();
    // Whatever a panic left behind is dropped with the request: the record is only added to.
    let outcome = AssertUnwindSafe(steps::<E>(service, request, id, &mut record)).catch_unwind().await;
    let outcome = outcome.unwrap_or_else(|_| Err(Error::Internal(Box::new(Panicked))));
    let now = catch_unwind(AssertUnwindSafe(|| (service.clock)())).ok();
    record.finish(E::NAME, id, outcome.as_ref().map(|success| success.replayed), now, &service.metrics);
    render(outcome, id)
}

/// The steps, in the contract's order.
async fn steps<E: Endpoint>(
    service: &Service,
    request: &Request,
    id: &str,
    record: &mut Record,
) -> Result<Success, Error> {
    route(&E::ROUTE, request)?;
    size(request.body())?;
    if E::NEEDS_KEY {
        service.keys.authenticate(request.headers())?;
    }
    media_type(request.headers(), request.body())?;
    let path = request.path_parameters_ref();
    let command = E::command(&Parsed::read(path, request.body(), E::FIELDS)?)?;
    record.payment_key = Some(command.key().as_str().to_owned());

    let by = RequestId::parse(id).ok_or_else(|| Error::Internal(Box::new(NoRequestId)))?;
    let stamp = Stamp::new((service.clock)(), &by);
    let executed = service.store.execute(&command, &stamp).await;
    record.attempts = executed.attempts;
    record.store = Some(executed.elapsed);
    let (outcome, replayed) = match executed.result? {
        Decision::Made(outcome) => {
            record.approved = E::approved(&command);
            (outcome, false)
        }
        Decision::Replayed(outcome) => (outcome, true),
        Decision::Refused(refusal) => return Err(Error::Refused(refusal)),
    };

    let response = E::response(&command, outcome, &service.receipts);
    let body = serde_json::to_string(&response).map_err(|cause| Error::Internal(Box::new(cause)))?;
    Ok(Success { body, replayed })
}

fn route(route: &Route, request: &Request) -> Result<(), Error> {
    let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() else {
        return Err(Error::NoRoute);
    };
    let path = context.http.path.as_deref().unwrap_or_default();
    route.check(context.route_key.as_deref(), context.http.method.as_str(), path)
}

fn size(body: &[u8]) -> Result<(), Error> {
    if body.len() > Error::BODY_LIMIT { Err(Error::PayloadTooLarge) } else { Ok(()) }
}

/// A missing header is taken as JSON. An empty body has no type; it fails as a body. A gateway joins two headers with a
/// comma, so a value with a comma outside quotes is two types.
fn media_type(headers: &HeaderMap, body: &[u8]) -> Result<(), Error> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let is_json = |value: &HeaderValue| {
        let essence = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
        essence.trim_ascii().eq_ignore_ascii_case(b"application/json") && !has_unquoted_comma(value.as_bytes())
    };
    match (values.next(), values.next()) {
        _ if body.is_empty() => Ok(()),
        (None, _) => Ok(()),
        (Some(value), None) if is_json(value) => Ok(()),
        _ => Err(Error::UnsupportedMediaType),
    }
}

/// Whether a header's value has a comma outside its quoted strings (RFC 9110, section 5.6.4: a backslash escapes the
/// character that follows it).
fn has_unquoted_comma(value: &[u8]) -> bool {
    let mut quoted = false;
    let mut bytes = value.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => quoted = !quoted,
            b'\\' if quoted => drop(bytes.next()),
            b',' if !quoted => return true,
            _ => {}
        }
    }
    false
}

/// The answer of a front end that refuses a request before any function sees it, as a function would have given it.
pub fn refuse(error: Error, request_id: &str) -> Response<Body> {
    render(Err(error), request_id)
}

fn render(outcome: Result<Success, Error>, request_id: &str) -> Response<Body> {
    let (status, header, body) = match outcome {
        Ok(Success { body, replayed }) => (200, replayed.then_some(("idempotent-replayed", "true")), body),
        Err(error) => (error.status(), error.header(), error_body(&error)),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    if let Some((name, value)) = header {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

fn error_body(error: &Error) -> String {
    #[derive(Serialize)]
    struct ErrorBody<'a> {
        code: &'a str,
        message: &'a str,
    }
    let body = ErrorBody { code: error.code(), message: &message::text(error) };
    // Two strings always serialize; were it otherwise, the status would still tell.
    serde_json::to_string(&body).unwrap_or_default()
}

#[derive(Debug)]
struct Panicked;

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a panic; its place is in the line before")
    }
}

impl std::error::Error for Panicked {}

#[derive(Debug)]
struct NoRequestId;

impl fmt::Display for NoRequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the invocation has no request id to stamp its write with")
    }
}

impl std::error::Error for NoRequestId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_makes_two_media_types_unless_it_is_quoted() {
        let accepts = |value: &'static str| {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]);
            media_type(&headers, b"{}").is_ok()
        };
        for one in [r#"application/json; a="b, c"; d=e"#, r#"application/json; a="\", b""#] {
            assert!(accepts(one), "{one}");
        }
        for two in [
            "application/json,text/plain",
            "application/json;a=b, text/plain",
            r#"application/json;a="b", text/html"#,
            r#"application/json;a="b\\", text/html"#,
        ] {
            assert!(!accepts(two), "{two}");
        }
    }
}
