//! Reads the body of a request before it is answered.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use std::time::Duration;

/// How long a client may pause within its body.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a body was not read to its end. The connection must be closed after the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// It is longer than the limit.
    TooLarge,
    /// It is cut off, its framing is invalid, or the client stopped sending.
    Incomplete,
}

/// Reads a body of at most `limit` bytes.
///
/// Call it before every answer, even if the answer does not depend on the body. Otherwise hyper closes the connection, because the
/// rest of the body is still on it, and the client's next request fails.
///
/// # Errors
/// [`Unread`].
pub async fn read_body(mut body: Incoming, limit: usize) -> Result<Bytes, Unread> {
    // A client that waits for `100 Continue` is refused before it sends.
    if body.size_hint().lower() > limit as u64 {
        return Err(Unread::TooLarge);
    }
    let mut read = BytesMut::new();
    loop {
        let Ok(frame) = tokio::time::timeout(PATIENCE, body.frame()).await else { return Err(Unread::Incomplete) };
        let Some(frame) = frame else { return Ok(read.freeze()) };
        let Ok(frame) = frame else { return Err(Unread::Incomplete) };
        // Trailers are not data, and are ignored.
        let Ok(data) = frame.into_data() else { continue };
        if read.len() + data.len() > limit {
            return Err(Unread::TooLarge);
        }
        read.extend_from_slice(&data);
    }
}
