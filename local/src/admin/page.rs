//! The page that shows payments, requests, faults and the report: one HTML document with its own style and scripts. It loads nothing
//! from anywhere else, and gets what it shows from the server's own paths.

use crate::response::response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::header::{CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use hyper::{Response, StatusCode};
use payments_language::Language;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const DOCUMENT: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/style.css");

/// Each sees what the ones before it declare.
const SCRIPTS: [&str; 6] = [
    include_str!("page/vendor/preact.min.js"),
    include_str!("page/vendor/htm.js"),
    include_str!("page/words.js"),
    include_str!("page/model.js"),
    include_str!("page/view.js"),
    include_str!("page/main.js"),
];

/// The document in English.
static HTML: LazyLock<String> = LazyLock::new(|| {
    let scripts = SCRIPTS.map(|script| format!("<script>{script}</script>")).concat();
    DOCUMENT.replacen("<!-- style -->", &format!("<style>{STYLE}</style>"), 1).replacen("<!-- scripts -->", &scripts, 1)
});

/// What the page may do: use this style, run these scripts, and call this server. Trusted types keep its scripts from making elements
/// of text, so whatever a client sent stays text.
#[expect(clippy::expect_used, reason = "without its policy, the page must not be served")]
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let policy = [
        "default-src 'none'".to_owned(),
        format!("style-src {}", hash(STYLE)),
        format!("script-src {}", SCRIPTS.map(hash).join(" ")),
        "img-src data:".to_owned(),
        "connect-src 'self'".to_owned(),
        "base-uri 'none'".to_owned(),
        "form-action 'none'".to_owned(),
        "frame-ancestors 'none'".to_owned(),
        "require-trusted-types-for 'script'".to_owned(),
        "trusted-types 'none'".to_owned(),
    ];
    HeaderValue::try_from(policy.join("; ")).expect("directives and Base64 are ASCII")
});

/// The page, which begins in this language.
pub(super) fn response_in(language: Language) -> Response<Bytes> {
    let tag = language.tag();
    let html = HTML.replacen("<html lang=\"en\">", &format!("<html lang=\"{tag}\">"), 1);
    let mut response = response(StatusCode::OK, HeaderValue::from_static("text/html; charset=utf-8"), html);
    response.headers_mut().extend([
        (CONTENT_SECURITY_POLICY, POLICY.clone()),
        (CONTENT_LANGUAGE, HeaderValue::from_static(tag)),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ]);
    response
}
