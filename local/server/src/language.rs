//! The language of this server's own messages.

use hyper::HeaderMap;
use hyper::header::{ACCEPT_LANGUAGE, HeaderValue};
use payments_language::Language;

/// The language that the client of a request gets. Repeated headers count as one list (RFC 9110, section 5.3).
pub fn language_of(headers: &HeaderMap, default: Language) -> Language {
    let values: Vec<_> = headers.get_all(ACCEPT_LANGUAGE).iter().map(HeaderValue::as_bytes).collect();
    Language::preferred(&values.join(&b","[..]), default)
}
