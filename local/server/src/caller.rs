//! Who may call: programs, and pages that this server itself serves. No other web page may.
//!
//! A browser sends requests for any page that its user visits, and some paths of this server need no key. Headers that no page can
//! change show where such a request comes from:
//!
//! - `Origin` is the origin of the page, and `Sec-Fetch-Site` says whether it is the server's.
//! - `Host` is the name by which the page called this server. A page can make its own name point to `127.0.0.1` (DNS rebinding), and
//!   then both have the same origin. So the name itself must be known.

use hyper::HeaderMap;
use hyper::header::{CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, HOST, HeaderValue, ORIGIN};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use payments_language::{Language, Text, text};
use std::net::IpAddr;
use std::sync::Arc;

/// Endings of names that are not on the internet, but on a machine, its local network or its containers.
const LOCAL_ENDINGS: [&str; 3] = [".localhost", ".local", ".internal"];

/// The hosts by which callers may call this server. A name without a dot is always allowed, because no web page on the internet has
/// one, and so is an IP address.
#[derive(Debug, Clone, Default)]
pub struct AllowedHosts(Arc<[String]>);

/// Why a caller is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// It called the server by a name that is not allowed.
    Host,
    /// It is a web page of another origin.
    Origin,
}

impl AllowedHosts {
    /// These hosts, and those that are always allowed.
    pub fn with(more: impl IntoIterator<Item = String>) -> Self {
        Self(more.into_iter().map(|name| name.to_ascii_lowercase()).collect())
    }

    /// Checks the name by which a request calls this server. A request without one passes: no browser sends it.
    ///
    /// # Errors
    /// [`Foreign::Host`].
    pub fn check_host(&self, request: &Parts) -> Result<(), Foreign> {
        let target = request.uri.authority().map(|authority| authority.as_str());
        let known = |authority: &str| self.know(host(authority));
        let hosts = request.headers.get_all(HOST).iter().all(|value| value.to_str().is_ok_and(known));
        if hosts && target.is_none_or(known) { Ok(()) } else { Err(Foreign::Host) }
    }

    /// Checks that a request does not come from a web page of another origin.
    ///
    /// # Errors
    /// [`Foreign::Origin`].
    pub fn check_origin(&self, request: &Parts) -> Result<(), Foreign> {
        let headers = &request.headers;
        let site = headers.get_all("sec-fetch-site").iter();
        let other_site = site.map(HeaderValue::as_bytes).any(|site| site == b"cross-site" || site == b"same-site");
        let own = |origin: &HeaderValue| origin.to_str().is_ok_and(|origin| self.own(origin, headers));
        if !other_site && headers.get_all(ORIGIN).iter().all(own) { Ok(()) } else { Err(Foreign::Origin) }
    }

    /// Whether an origin is this server's: it has the name by which the request calls the server, and that name is known.
    fn own(&self, origin: &str, headers: &HeaderMap) -> bool {
        let Some(("http" | "https", authority)) = origin.split_once("://") else { return false };
        let called = headers.get(HOST).and_then(|host| host.to_str().ok());
        called.is_some_and(|called| called.eq_ignore_ascii_case(authority)) && self.know(host(authority))
    }

    fn know(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        !name.contains('.')
            || name.parse::<IpAddr>().is_ok()
            || LOCAL_ENDINGS.iter().any(|ending| name.ends_with(ending))
            || self.0.contains(&name)
    }
}

/// The host of an authority, without its port: `::1` of `[::1]:9090`.
fn host(authority: &str) -> &str {
    match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => authority.rsplit_once(':').map_or(authority, |(name, _)| name),
    }
}

impl Foreign {
    /// The answer: 403, with a code and a sentence that says what is allowed.
    pub fn response<B: From<String>>(self, language: Language) -> Response<B> {
        let (code, message) = self.code_and_message();
        let body = serde_json::json!({ "code": code, "message": message.in_language(language) }).to_string();
        let mut response = Response::new(B::from(body));
        *response.status_mut() = StatusCode::FORBIDDEN;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    fn code_and_message(self) -> (&'static str, Text) {
        match self {
            Self::Host => (
                "FOREIGN_HOST",
                text! {
                    en: "The name in the Host header is not allowed. Call this server as localhost or by an IP address, or start it \
                         with --allow-host NAME.",
                    ko: "허용되지 않은 Host 헤더입니다. localhost나 IP 주소로 호출하거나, 서버를 --allow-host NAME 옵션으로 실행해 \
                         주십시오.",
                },
            ),
            Self::Origin => (
                "FOREIGN_ORIGIN",
                text! {
                    en: "A web page of another origin may not call this server. Call it from a program, or from a page that it \
                         serves itself.",
                    ko: "다른 출처(origin)의 웹 페이지에서는 이 서버를 호출할 수 없습니다. 프로그램이나 이 서버가 제공하는 페이지에서 \
                         호출해 주십시오.",
                },
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::Request;

    fn request(headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::post("/__local/reset");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_name_with_a_dot_is_foreign_unless_it_is_local_or_allowed() {
        let names = AllowedHosts::with(["Payments.Example.com".to_owned()]);
        for known in [
            "localhost:9090",
            "localhost",
            "LOCALHOST:9090",
            "payments:9090",
            "127.0.0.1:9090",
            "192.168.0.7",
            "[::1]:9090",
            "[::ffff:127.0.0.1]:9090",
            "kiosk.localhost:9090",
            "desk.local",
            "host.docker.internal:9090",
            "payments.example.com:9090",
        ] {
            assert_eq!(names.check_host(&request(&[("Host", known)])), Ok(()), "{known}");
        }
        for foreign in [
            "evil.example:9090",
            "evil.example",
            "127.0.0.1.evil.example:9090",
            "localhost.evil.example",
            "evil-localhost.example",
            "localhost.",
            "127.1",
            "0x7f.0.0.1",
            "evil.localhost.example:9090",
            "x.payments.example.com",
        ] {
            assert_eq!(names.check_host(&request(&[("Host", foreign)])), Err(Foreign::Host), "{foreign}");
        }
        let both = request(&[("Host", "localhost"), ("Host", "evil.example")]);
        assert_eq!(names.check_host(&both), Err(Foreign::Host), "one of two is foreign");
        assert_eq!(names.check_host(&request(&[])), Ok(()), "HTTP/1.0 has no name, and no browser speaks it");
        let (mut absolute, ()) = Request::get("http://evil.example/").body(()).unwrap().into_parts();
        absolute.headers.insert(HOST, HeaderValue::from_static("localhost"));
        assert_eq!(names.check_host(&absolute), Err(Foreign::Host), "the target has priority over the header");
    }

    #[test]
    fn a_page_is_foreign_unless_this_server_serves_it() {
        let names = AllowedHosts::default();
        let origin = |host, origin| names.check_origin(&request(&[("Host", host), ("Origin", origin)]));
        for (host, own) in [
            ("localhost:9090", "http://localhost:9090"),
            ("127.0.0.1:9090", "http://127.0.0.1:9090"),
            ("[::1]:9090", "http://[::1]:9090"),
            ("payments.localhost", "https://payments.localhost"),
        ] {
            assert_eq!(origin(host, own), Ok(()), "{own}");
        }
        for (host, foreign) in [
            ("localhost:9090", "http://localhost:3000"),
            ("localhost:9090", "http://localhost"),
            ("localhost:9090", "http://127.0.0.1:9090"),
            ("localhost:9090", "http://evil.example"),
            ("localhost:9090", "null"),
            ("localhost:9090", ""),
            ("localhost:9090", "file://localhost:9090"),
            // DNS rebinding: to the browser, the page is of this server's origin.
            ("evil.example:9090", "http://evil.example:9090"),
        ] {
            assert_eq!(origin(host, foreign), Err(Foreign::Origin), "{foreign:?} called {host}");
        }
        let twice = [("Host", "localhost"), ("Origin", "http://localhost"), ("Origin", "http://evil.example")];
        assert_eq!(names.check_origin(&request(&twice)), Err(Foreign::Origin));
        assert_eq!(names.check_origin(&request(&[("Host", "localhost")])), Ok(()), "a program sends no origin");
    }

    #[test]
    fn sec_fetch_site_counts_without_an_origin() {
        let site =
            |site| AllowedHosts::default().check_origin(&request(&[("Host", "localhost"), ("Sec-Fetch-Site", site)]));
        for own in ["same-origin", "none"] {
            assert_eq!(site(own), Ok(()), "{own}");
        }
        for foreign in ["cross-site", "same-site"] {
            assert_eq!(site(foreign), Err(Foreign::Origin), "{foreign}");
        }
    }
}
