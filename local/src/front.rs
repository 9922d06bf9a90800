//! The front end: routes a request, passes its event to the function's own handler, and sends the answer back. A request
//! that is about the server itself goes to [`crate::admin`], and one for the contract to [`crate::docs`].

use crate::admin::{self, Admin, AdminRequest};
use crate::docs::{self, Document};
use crate::gateway;
use crate::routes::{self, Routed};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Request, Response};
use lambda_runtime::Context;
use payments_functions::{FUNCTIONS, Invoke, ListedFunction};
use payments_http::{ApiError, Audience, BodyError, Dependencies, RequestError, Route, error_response};
use payments_language::Language;
use payments_process::Clock;
use payments_server::{AllowedHosts, Foreign, Unread, language_of, read_body};
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
    allowed_hosts: AllowedHosts,
    /// The language of messages for a client that prefers none of ours.
    language: Language,
    clock: Clock,
}

/// The handler of a route.
enum Target {
    Function(Invoke),
    Admin(AdminRequest),
    Document(Document),
}

impl Front {
    pub(crate) fn new(dependencies: &Arc<Dependencies>, admin: Admin, allowed_hosts: AllowedHosts) -> Self {
        let has_pages = dependencies.receipts.pages().is_some();
        let served = |function: &ListedFunction| matches!(function.audience, Audience::Backends) || has_pages;
        let functions = FUNCTIONS
            .into_iter()
            .filter(served)
            .map(|function| (function.route, Target::Function(function.over(Arc::clone(dependencies)))));
        let actions = admin::ROUTES.map(|(route, action)| (route, Target::Admin(action)));
        let documents = docs::ROUTES.map(|(route, document)| (route, Target::Document(document)));
        Self {
            routes: functions.chain(actions).chain(documents).collect(),
            admin,
            allowed_hosts,
            language: dependencies.language,
            clock: Arc::clone(&dependencies.clock),
        }
    }

    /// Answers a request, after its body was read: see [`read_body`].
    pub(crate) async fn answer(&self, request: Request<Incoming>, source: SocketAddr) -> Response<Full<Bytes>> {
        #[expect(clippy::disallowed_methods, reason = "the front end replaces Lambda, which creates the ids")]
        let id = Uuid::new_v4().to_string();
        let (parts, body) = request.into_parts();
        let language = language_of(&parts.headers, self.language);
        let body = read_body(body, BODY_LIMIT).await;
        let rest_is_unread = body.is_err();
        let answer = self.route(&parts, body, source, &id, language).await;
        let mut response = answer.unwrap_or_else(|error| own_answer(&error, &id, language));
        if rest_is_unread {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    async fn route(
        &self,
        parts: &Parts,
        body: Result<Bytes, Unread>,
        source: SocketAddr,
        id: &str,
        language: Language,
    ) -> Result<Response<Full<Bytes>>, ApiError> {
        let segments = gateway::segments(parts.uri.path());
        if let Err(foreign) = self.admit(parts, &segments) {
            let mut response = foreign.response(language);
            response.headers_mut().extend(HeaderValue::from_str(id).map(|id| (REQUEST_ID, id)));
            return Ok(response);
        }
        let Routed { route, target, parameters } = routes::find(&self.routes, parts.method.as_str(), &segments)?;
        let body = body.map_err(unread)?;
        let invoke = match target {
            Target::Function(invoke) => invoke,
            Target::Admin(action) => return Ok(self.admin.answer(*action, language).await),
            Target::Document(document) => return document.answer(&parameters),
        };

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

/// The answer to a request that the front end does not pass on. It looks like an answer of the functions.
fn own_answer(error: &ApiError, id: &str, language: Language) -> Response<Full<Bytes>> {
    error_response(error, id, language).map(Full::from)
}
