//! Renders every answer. What all answers share is decided here: headers, language and format.

use crate::error::ApiError;
use crate::message;
use lambda_http::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use lambda_http::http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

const JSON: &str = "application/json";

/// The 200 of an endpoint.
#[derive(Debug)]
pub struct Reply {
    media_type: HeaderValue,
    body: String,
    /// Whether an earlier request made the change, and this one changed nothing.
    pub(crate) replayed: bool,
}

impl Reply {
    /// A reply of any media type.
    ///
    /// # Panics
    /// If the media type is not a valid header value: a bug that the first request would show.
    pub const fn new(media_type: &'static str, body: String) -> Self {
        Self { media_type: HeaderValue::from_static(media_type), body, replayed: false }
    }

    /// A reply in JSON.
    ///
    /// # Errors
    /// 500 for a value that JSON cannot represent.
    pub fn json(body: &impl Serialize) -> Result<Self, ApiError> {
        Ok(Self::new(JSON, serde_json::to_string(body).map_err(ApiError::internal)?))
    }
}

/// The response of a front end that does not pass a request on. A function would answer the same.
pub fn error_response(error: ApiError, request_id: &str) -> Response<String> {
    render(Err(error), request_id)
}

/// The response to a client.
pub(crate) fn render(outcome: Result<Reply, ApiError>, request_id: &str) -> Response<String> {
    let (status, media_type, header, body) = match outcome {
        Ok(reply) => {
            let replayed = (HeaderName::from_static("idempotent-replayed"), HeaderValue::from_static("true"));
            (StatusCode::OK, reply.media_type, reply.replayed.then_some(replayed), reply.body)
        }
        Err(error) => {
            let row = error.row();
            (row.status, HeaderValue::from_static(JSON), row.header, error_body(row.code, &message::text(&error)))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, media_type);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    headers.extend(header);
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
