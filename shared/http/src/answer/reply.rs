//! Renders every answer. What all answers share is decided here: headers, language and format.

use crate::answer::error::ApiError;
use crate::answer::message::message;
use crate::answer::outcome::Outcome;
use crate::answer::page::Page;
use lambda_http::Body;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use lambda_http::http::{HeaderValue, Response, StatusCode};
use payments_language::Language;
use serde::Serialize;

/// The 200 of an endpoint.
#[derive(Debug)]
pub struct Reply {
    pub(crate) outcome: Outcome,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Json(String),
    Page(Page, Language),
}

impl Reply {
    /// A reply in JSON. A replay has a header that says so.
    ///
    /// # Errors
    /// 500 for a value that JSON cannot represent.
    pub fn json(outcome: Outcome, body: &impl Serialize) -> Result<Self, ApiError> {
        Ok(Self { outcome, content: Content::Json(serde_json::to_string(body).map_err(ApiError::internal)?) })
    }

    /// A page in this language, for a read.
    pub const fn page(page: Page, language: Language) -> Self {
        Self { outcome: Outcome::Read, content: Content::Page(page, language) }
    }
}

/// The response to a successful request.
pub(crate) fn reply_response(reply: Reply, request_id: &str) -> Response<String> {
    let mut response = match reply.content {
        Content::Json(body) => json_response(StatusCode::OK, body, request_id),
        Content::Page(page, language) => page_response(StatusCode::OK, page, language, request_id),
    };
    if reply.outcome == Outcome::Replayed {
        let name = HeaderName::from_static("idempotent-replayed");
        response.headers_mut().insert(name, HeaderValue::from_static("true"));
    }
    response
}

/// The response to any other request. A front end that does not pass a request on answers with it as a function would.
pub fn error_response(error: &ApiError, request_id: &str, language: Language) -> Response<String> {
    let row = error.row();
    let message = message(error).in_language(language);
    let mut response = json_response(row.status, error_body(row.code, &message), request_id);
    let headers = response.headers_mut();
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    headers.extend(row.header);
    response
}

/// As [`error_response`], with a page that says what is wrong.
pub(crate) fn error_page_response(
    error: &ApiError,
    page: Page,
    request_id: &str,
    language: Language,
) -> Response<String> {
    let row = error.row();
    let mut response = page_response(row.status, page, language, request_id);
    response.headers_mut().extend(row.header);
    response
}

fn json_response(status: StatusCode, body: String, request_id: &str) -> Response<String> {
    response(status, HeaderValue::from_static("application/json"), body, request_id)
}

/// A page is opened from a link, so its address, which has a token, must not reach another site.
fn page_response(status: StatusCode, page: Page, language: Language, request_id: &str) -> Response<String> {
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    let mut response = response(status, html, page.html, request_id);
    let headers = response.headers_mut();
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(page.policy));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn response(status: StatusCode, media_type: HeaderValue, body: String, request_id: &str) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, media_type);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    response
}

fn error_body(code: &str, message: &str) -> String {
    #[derive(Serialize)]
    struct ErrorBody<'a> {
        code: &'a str,
        message: &'a str,
    }
    // Two strings always serialize. Without a body, the status would still be correct.
    serde_json::to_string(&ErrorBody { code, message }).unwrap_or_default()
}

/// The answer in API Gateway's format.
pub(crate) fn gateway_response(response: Response<String>) -> ApiGatewayV2httpResponse {
    let (parts, body) = response.into_parts();
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.status_code = parts.status.as_u16().into();
    answer.headers = parts.headers;
    answer.body = Some(Body::Text(body));
    answer
}
