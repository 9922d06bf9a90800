//! The front end: routes a request, passes its event to the function's own handler, and sends the answer back. Around the handler of
//! an operation is [`crate::exchange`]. A request that is about the server itself goes to [`crate::admin`], and one for the contract
//! to [`crate::docs`].

use crate::admin::{self, Admin, AdminRequest, Input};
use crate::docs::{self, Document};
use crate::exchange::{Arrived, Exchanges};
use crate::gateway;
use crate::operation::{Asked, Operation};
use crate::response::{Body, own_answer, whole};
use crate::routes::{self, Routed};
use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Request, Response};
use lambda_runtime::Context;
use payments_functions::{FUNCTIONS, Invoke, ListedFunction};
use payments_http::{ApiError, Audience, BodyError, Dependencies, RequestError, Route};
use payments_language::Language;
use payments_process::Clock;
use payments_server::{AllowedHosts, Answer, Client, Foreign, Unread, language_of, read_body};
use std::net::SocketAddr;
use std::sync::Arc;
use uuid::Uuid;

/// API Gateway's own limit on a body, in bytes. The service has a limit of its own, far below, and checks it itself.
const BODY_LIMIT: usize = 10 * 1024 * 1024;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the port serves.
pub(crate) struct Front {
    routes: Vec<(Route, Target)>,
    admin: Admin,
    exchanges: Arc<Exchanges>,
    allowed_hosts: AllowedHosts,
    /// The language of messages for a client that prefers none of ours.
    language: Language,
    clock: Clock,
}

/// The handler of a route.
enum Target {
    Operation(Operation, Invoke),
    /// A page of a function, for customers. No fault meets it.
    Page(Invoke),
    Admin(AdminRequest),
    Events,
    Document(Document),
}

/// A request that was routed.
struct Call<'a> {
    parts: &'a Parts,
    route: &'a Route,
    parameters: Vec<(&'static str, String)>,
    body: Result<Bytes, Unread>,
    source: SocketAddr,
}

impl Front {
    pub(crate) fn new(dependencies: &Arc<Dependencies>, admin: Admin, allowed_hosts: AllowedHosts) -> Self {
        let has_pages = dependencies.receipts.pages().is_some();
        let served = |function: &ListedFunction| matches!(function.audience, Audience::Backends) || has_pages;
        let functions = FUNCTIONS.into_iter().filter(served).map(|function| {
            let invoke = function.over(Arc::clone(dependencies));
            let target = match Operation::named(function.name) {
                Some(operation) => Target::Operation(operation, invoke),
                None => Target::Page(invoke),
            };
            (function.route, target)
        });
        let actions = admin::ROUTES.map(|(route, action)| (route, Target::Admin(action)));
        let documents = docs::ROUTES.map(|(route, document)| (route, Target::Document(document)));
        Self {
            routes: functions.chain(actions).chain([(admin::EVENTS, Target::Events)]).chain(documents).collect(),
            exchanges: Arc::clone(&admin.exchanges),
            admin,
            allowed_hosts,
            language: dependencies.language,
            clock: Arc::clone(&dependencies.clock),
        }
    }

    /// Answers a request, after its body was read: see [`read_body`].
    pub(crate) async fn answer(&self, request: Request<Incoming>, client: Client) -> Answer<Body> {
        #[expect(clippy::disallowed_methods, reason = "the front end replaces Lambda, which creates the ids")]
        let id = Uuid::new_v4().to_string();
        let (parts, body) = request.into_parts();
        let source = client.address();
        let arrived = self.exchanges.arrived(id, language_of(&parts.headers, self.language), client);
        let body = read_body(body, BODY_LIMIT).await;
        let rest_is_unread = body.is_err();
        let answer = self.route(&parts, body, source, &arrived).await;
        let answer = answer.unwrap_or_else(|error| own_answer(&error, &arrived.id, arrived.language).map(whole).into());
        answer.map(|mut response| {
            if rest_is_unread {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            response
        })
    }

    async fn route(
        &self,
        parts: &Parts,
        body: Result<Bytes, Unread>,
        source: SocketAddr,
        arrived: &Arrived,
    ) -> Result<Answer<Body>, ApiError> {
        let segments = gateway::segments(parts.uri.path());
        if let Err(foreign) = self.admit(parts, &segments) {
            let mut response = foreign.response(arrived.language);
            response.headers_mut().extend(HeaderValue::from_str(&arrived.id).map(|id| (REQUEST_ID, id)));
            return Ok(response.map(whole).into());
        }
        let Routed { route, target, parameters } = routes::find(&self.routes, parts.method.as_str(), &segments)?;
        let call = Call { parts, route, parameters, body, source };
        match target {
            Target::Operation(operation, invoke) => {
                let media_type = parts.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
                let body = call.body.as_deref().unwrap_or_default();
                let asked = Asked::read(*operation, &call.parameters, media_type, body);
                let carried_out = self.invoke(invoke, call, arrived);
                Ok(self.exchanges.answer(arrived, asked, carried_out).await.map(|response| response.map(whole)))
            }
            Target::Page(invoke) => Ok(self.invoke(invoke, call, arrived).await.map(whole).into()),
            Target::Admin(action) => {
                let body = call.body.map_err(unread)?;
                let query = parts.uri.query().unwrap_or_default();
                let input = Input { parameters: &call.parameters, query, body: &body };
                Ok(self.admin.answer(*action, input, arrived.language).await.map(whole).into())
            }
            Target::Events => Ok(self.admin.events().into()),
            Target::Document(document) => {
                call.body.map_err(unread)?;
                Ok(document.answer(&call.parameters)?.map(whole).into())
            }
        }
    }

    /// The answer of a function.
    async fn invoke(&self, invoke: &Invoke, call: Call<'_>, arrived: &Arrived) -> Response<Bytes> {
        let answer = self.try_invoke(invoke, call, &arrived.id).await;
        answer.unwrap_or_else(|error| own_answer(&error, &arrived.id, arrived.language))
    }

    async fn try_invoke(&self, invoke: &Invoke, call: Call<'_>, id: &str) -> Result<Response<Bytes>, ApiError> {
        let Call { parts, route, parameters, body, source } = call;
        let body = body.map_err(unread)?;
        let now = chrono::DateTime::from_timestamp((self.clock)().unix(), 0).unwrap_or_default();
        let event = gateway::event(parts, &body, route, parameters, source.ip(), now);
        let event = serde_json::to_vec(&event).map_err(|cause| ApiError::Internal(cause.into()))?;
        let mut context = Context::default();
        context.request_id = id.to_owned();
        // A function that fails may have written before.
        let answer = invoke(event, context).await.map_err(ApiError::Unavailable)?;
        gateway::response(&answer).ok_or_else(|| ApiError::Unavailable("a function's answer cannot be read".into()))
    }

    /// Refuses requests of other web pages and, where no key is needed, names that are not allowed. Links to the contract and to a
    /// receipt work from anywhere: anyone may read the one, and the other's address has a token.
    fn admit(&self, parts: &Parts, segments: &[String]) -> Result<(), Foreign> {
        match segments.get(1).map(String::as_str) {
            Some("docs" | "openapi.yaml" | "receipts") => Ok(()),
            Some(admin::FOLDER) => {
                self.allowed_hosts.check_host(parts).and_then(|()| self.allowed_hosts.check_origin(parts))
            }
            _ => self.allowed_hosts.check_origin(parts),
        }
    }
}

/// The error of a body that was not read.
fn unread(unread: Unread) -> RequestError {
    match unread {
        Unread::TooLarge => RequestError::PayloadTooLarge,
        Unread::Incomplete => RequestError::Body(BodyError::Incomplete),
    }
}
