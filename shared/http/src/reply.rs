//! The one renderer of answers. What all answers share is decided here: headers, language and form.

use crate::error::ApiError;
use crate::message;
use lambda_http::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use lambda_http::http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

const JSON: &str = "application/json";

/// What an endpoint answers with 200.
#[derive(Debug)]
pub struct Reply {
    media_type: HeaderValue,
    body: String,
    /// Whether an earlier request did the work, and this one changed nothing.
    pub(crate) replayed: bool,
}

impl Reply {
    /// A reply of any media type.
    ///
    /// # Panics
    /// If the media type is no header value: a mistake in the program, which its first request would show.
    pub const fn new(media_type: &'static str, body: String) -> Self {
        Self { media_type: HeaderValue::from_static(media_type), body, replayed: false }
    }

    /// A reply in JSON.
    ///
    /// # Errors
    /// 500 for a value that JSON cannot hold.
    pub fn json(body: &impl Serialize) -> Result<Self, ApiError> {
        Ok(Self::new(JSON, serde_json::to_string(body).map_err(ApiError::internal)?))
    }
}

/// The response of a front end that does not hand a request on. A function would have answered the same.
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
    // Two strings always serialize. If they did not, the status would still tell.
    serde_json::to_string(&ErrorBody { code, message }).unwrap_or_default()
}
