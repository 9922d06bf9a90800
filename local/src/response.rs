//! The answers that the server gives itself.

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Either, Full, StreamBody};
use hyper::body::Frame;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, LOCATION, X_FRAME_OPTIONS};
use hyper::{Response, StatusCode};
use payments_http::{ApiError, error_response};
use payments_language::Language;
use std::convert::Infallible;

/// The body of an answer: bytes, or a stream of which more is to come.
pub(crate) type Body = Either<Full<Bytes>, UnsyncBoxBody<Bytes, Infallible>>;

/// A body that is complete.
pub(crate) fn whole(body: Bytes) -> Body {
    Either::Left(Full::from(body))
}

/// An answer whose body is sent piece by piece.
pub(crate) fn streamed(media_type: HeaderValue, pieces: impl Stream<Item = Bytes> + Send + 'static) -> Response<Body> {
    let body = StreamBody::new(pieces.map(|piece| Ok(Frame::data(piece)))).boxed_unsync();
    response(StatusCode::OK, media_type, Bytes::new()).map(|_| Either::Right(body))
}

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

/// A redirect to the page of a folder. Its address ends in a slash, because it refers to other files by relative addresses.
pub(crate) fn redirect(page: &'static str) -> Response<Bytes> {
    let mut moved = response(StatusCode::PERMANENT_REDIRECT, HeaderValue::from_static("text/html"), Bytes::new());
    moved.headers_mut().insert(LOCATION, HeaderValue::from_static(page));
    moved
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
