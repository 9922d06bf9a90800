//! The answers that the server gives itself.

use bytes::Bytes;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_FRAME_OPTIONS};
use hyper::{Response, StatusCode};
use payments_http::{ApiError, error_response};
use payments_language::Language;

/// An answer that no cache may keep and no page may frame. In a frame, another page could trick its user into pressing our
/// buttons.
pub(crate) fn response(status: StatusCode, media_type: HeaderValue, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

/// The answer to a request that the front end does not pass on. It is that of a function to the byte, so its headers are sorted, as
/// [`crate::gateway::response`] sorts them.
pub(crate) fn own_answer(error: &ApiError, id: &str, language: Language) -> Response<Bytes> {
    let (mut parts, body) = error_response(error, id, language).into_parts();
    let mut headers: Vec<_> = parts.headers.drain().filter_map(|(name, value)| Some((name?, value))).collect();
    headers.sort_by(|(one, _), (other, _)| one.as_str().cmp(other.as_str()));
    parts.headers.extend(headers);
    Response::from_parts(parts, Bytes::from(body))
}
