//! H35 to H56: paths, methods, and the rest of a request's head.

use crate::request::{AMOUNT, ANOTHER_METHOD, Case, Expected, NO_ROUTE, ORDER_ID, PAYMENT_KEY, RawRequest};
use crate::service::MARK;

/// A cancel with this in its path instead of the key.
fn canceled(key: &str) -> RawRequest {
    RawRequest::cancel().target(format!("/v1/payments/{key}/cancel"))
}

/// A list with this in its path instead of the order.
fn listed(order: &str) -> RawRequest {
    RawRequest::list().target(format!("/v1/payments/orders/{order}"))
}

/// A read with this in its path instead of the key.
fn read(key: &str) -> RawRequest {
    RawRequest::retrieve().target(format!("/v1/payments/{key}"))
}

/// A cancel with this path.
fn path(path: &str) -> RawRequest {
    RawRequest::cancel().target(path)
}

/// The rows about a key or an order in the path, for a request that has it there. What is wrong with it is a fault of this `field`,
/// which has at most this many characters. If it is valid, the request ends so.
pub(crate) fn ids(id: fn(&str) -> RawRequest, field: Expected, longest: usize, valid: Expected) -> Vec<Case> {
    let mut cases = vec![
        id("").is("H35", "an empty key", NO_ROUTE),
        id(".").is("H36", "a dot", field),
        id("..").is("H36", "two dots", field),
        id("%2e").is("H36", "a dot, encoded", field),
        id("%2E%2e").is("H36", "two dots, encoded", field),
        id(".%2e").is("H36", "two dots, one of them encoded", field),
        id("a%2f..%2fb").is("H37", "a step back in the key, encoded", field),
        id("a%2Fb").is("H37", "a slash in the key, encoded", field),
        id("%2f").is("H37", "a slash alone, encoded", field),
        id("a%5C..%5Cb").is("H38", "backslashes, encoded", field),
        id("a\\..\\b").is("H38", "backslashes", field),
        id("%252e%252e").is("H39", "two dots, encoded twice", field),
        id("a%252Fb").is("H39", "a slash, encoded twice", field),
        id("%25").is("H39", "a sign of encoding, encoded", field),
        id("a%00").is("H40", "a NUL, encoded", field),
        id("a%00.json").is("H40", "a NUL before more", field),
        id("a\0b").is("H40", "a NUL", Expected::NotHttp(400)).http_only(),
        id("a\0b").is("H40", "a NUL", field).event_only(),
        id("a%0Ab").is("H41", "a line feed, encoded", field),
        id("a%0D%0Ab").is("H41", "a line end, encoded", field),
        id("a%09b").is("H41", "a tab, encoded", field),
        id("a\nb").is("H41", "a line feed", Expected::NotHttp(400)).http_only(),
        id("a\nb").is("H41", "a line feed", field).event_only(),
        id("a\tb").is("H41", "a tab", field).event_only(),
        id("a b").is("H41", "a space", Expected::NotHttp(400)).http_only(),
        id("a b").is("H41", "a space", field).event_only(),
        id("a%20b").is("H41", "a space, encoded", field),
        id("a+b").is("H41", "a plus sign", field),
        id("a%23b").is("H42", "a fragment, encoded", field),
        id("a#b").is("H42", "a fragment", field).event_only(),
        id("a%3Fb").is("H43", "a question mark, encoded", field),
        id("a;b=1").is("H44", "a matrix parameter", field),
        id("%c0%ae%c0%ae").is("H46", "two dots in an overlong encoding", field),
        id("%ff").is("H46", "a byte that is not UTF-8", field),
        id("%ed%a0%80").is("H46", "half a character", field),
        id("%zz").is("H46", "no hexadecimal digits", field),
        id("a%").is("H46", "a sign of encoding alone", field),
        id("a%2").is("H46", "one hexadecimal digit", field),
        id("%u0041").is("H46", "an encoding of another system", field),
        id("%ef%bc%a1").is("H47", "a full-width letter", field),
        id("%d0%b0").is("H47", "a Cyrillic letter like a Latin one", field),
        id("%c3%a9").is("H47", "a letter with an accent", field),
        id("e%cc%81").is("H47", "a letter and an accent", field),
        id("a%e2%80%8bb").is("H47", "a space without width", field),
        id("%F0%9F%98%80").is("H47", "an emoji", field),
        id("é").is("H47", "a letter beyond ASCII, not encoded", field),
        id("a").is("H48", "one character", valid),
        id(&"k".repeat(longest)).is("H48", format!("{longest} characters"), valid),
        id(&"k".repeat(longest + 1)).is("H48", format!("{} characters", longest + 1), field),
        id(&"k".repeat(2_048)).is("H48", "2,048 characters", field),
        id(&"k".repeat(10_000)).is("H48", "10,000 characters", field),
        id("a:b").is("H50", "a separator", field),
        id("pk%23sk").is("H50", "the separator of composite keys", field),
        id("a%7Cb").is("H50", "another separator", field),
        id("{paymentKey}").is("H50", "the name of the parameter", field),
        id("*").is("H50", "a wildcard", field),
        id("%27%20OR%201=1--").is("H50", "SQL", field),
    ];
    for unusual in ["null", "undefined", "-1", "0", "NaN", "__proto__", "constructor", "~", "...", "a..b", "-", "_"] {
        cases.push(id(unusual).is("H50", format!("the key {unusual}, which is valid"), valid));
    }
    cases
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = [
        ids(canceled, PAYMENT_KEY, 200, Expected::Unknown),
        ids(read, PAYMENT_KEY, 200, Expected::Unknown),
        ids(listed, ORDER_ID, 64, Expected::Listed),
    ]
    .concat();
    cases.extend([
        canceled("a#b").is("H42", "a fragment", Expected::AnotherMethod("GET")).http_only(),
        canceled("a?b").is("H43", "a question mark", Expected::AnotherMethod("GET")).http_only(),
        canceled("a?b").is("H43", "a question mark", NO_ROUTE).event_only(),
        read("a#b").is("H42", "a fragment after a key", Expected::Unknown).http_only(),
        read("a?b").is("H43", "a question mark after a key", Expected::Unknown),
        path("/v1/payments/cancel").is("H35", "no key", Expected::AnotherMethod("GET")).http_only(),
        path("/v1/payments/cancel").is("H35", "no key", NO_ROUTE).event_only(),
        read("cancel").is("H50", "the name of an operation", Expected::Unknown),
        read("confirm").is("H50", "the name of a route", Expected::Unknown),
        read("orders").is("H50", "the name of a path", Expected::Unknown),
        listed("cancel").is("H50", "the order that is named like an operation", Expected::Listed),
        listed("orders").is("H50", "the order that is named like its path", Expected::Listed),
        listed("a#b").is("H42", "a fragment after an order", Expected::Listed).http_only(),
        listed("a?b").is("H43", "a question mark after an order", Expected::Listed),
        listed("a/").is("H45", "a slash after an order", NO_ROUTE),
        listed("a/b").is("H45", "two orders to list", NO_ROUTE),
        read("a/").is("H45", "a slash after a key", NO_ROUTE),
        read("a/b").is("H45", "two keys to read", NO_ROUTE),
        path("/v1/payment/a").method("GET").is("H51", "a path to read with a letter less", NO_ROUTE),
        path("/v1/payments//").is("H35", "an empty key and no more", NO_ROUTE),
        path("/v1/payments/a/../b/cancel").is("H37", "a step back in the path", NO_ROUTE),
        path("/v1/payments/../payments/b/cancel").is("H37", "a step back before the key", NO_ROUTE),
        path("/v1/payments;a=1/confirm").is("H44", "a matrix parameter of the path", NO_ROUTE),
        path("/v1/payments/a/cancel;x").is("H44", "a matrix parameter at the end", NO_ROUTE),
        path("/v1/payments/a/cancel/").is("H45", "a slash at the end", NO_ROUTE),
        path("/v1//payments/a/cancel").is("H45", "two slashes", NO_ROUTE),
        path("//v1/payments/a/cancel").is("H45", "two slashes first", NO_ROUTE),
        path("/v1/payments/a/b/cancel").is("H45", "two keys", NO_ROUTE),
        path("/live/v1/payments/a/cancel").is("H51", "a stage before the path", NO_ROUTE),
        path("/live/live/v1/payments/a/cancel").is("H51", "two stages", NO_ROUTE),
        path("/$default/v1/payments/a/cancel").is("H51", "the default stage", NO_ROUTE),
        path("/v2/payments/a/cancel").is("H51", "another version", NO_ROUTE),
        path("/V1/payments/a/cancel").is("H51", "the version in capitals", NO_ROUTE),
        path("/v1/payments/a/Cancel").is("H51", "the operation in capitals", NO_ROUTE),
        path("/v1/payments/a/confirm").is("H51", "a confirm with a key in the path", NO_ROUTE),
        path("*").is("H51", "an asterisk", NO_ROUTE),
    ]);
    // Over HTTP, the answer has the methods of all routes that match the path; a function knows only its own.
    for (operation, own, of_path) in [
        ("create", "POST", "POST"),
        ("confirm", "POST", "POST, GET"),
        ("cancel", "POST", "POST"),
        ("retrieve", "GET", "GET"),
        ("list", "GET", "GET"),
    ] {
        let mut refused = |number, what: String, request: RawRequest| {
            // A GET at the path of a confirm is a read over HTTP.
            if of_path.split(", ").all(|method| method != request.method) {
                let over_http = request.clone().is(number, &what, Expected::AnotherMethod(of_path));
                cases.push(over_http.http_only());
            }
            cases.push(request.is(number, what, Expected::AnotherMethod(own)).event_only());
        };
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
            if method != own {
                refused("H52", format!("{method} of {operation}"), RawRequest::to(operation).method(method));
            }
        }
        for method in ["post", "Post", "get", "BREW", "POSTS", "M-SEARCH"] {
            let overridden = RawRequest::to(operation).with("X-HTTP-Method-Override", own).method(method);
            refused("H53", format!("{method} of {operation}"), overridden);
        }
        let other = if own == "GET" { "POST" } else { "GET" };
        let overridden = RawRequest::to(operation).method(other).with("X-Method-Override", own).body("");
        refused("H53", format!("{other} of {operation}, overridden"), overridden);
    }
    cases.extend([
        RawRequest::create().method("PO ST").is("H53", "a method with a space", ANOTHER_METHOD).event_only(),
        RawRequest::create().method("").is("H53", "an empty method", ANOTHER_METHOD).event_only(),
        RawRequest::create()
            .method("PO/ST")
            .is("H53", "a method that is not a token", Expected::NotHttp(400))
            .http_only(),
        RawRequest::create().method("PÖST").is("H53", "a method beyond ASCII", Expected::NotHttp(400)).http_only(),
        RawRequest::create().method("CONNECT").is("H53", "CONNECT", ANOTHER_METHOD),
        RawRequest::create()
            .target("http://example.com/v1/payments")
            .is("H54", "a whole URL", Expected::Done)
            .http_only(),
        RawRequest::create().with("Host", "a b:99999").is("H54", "an invalid Host", Expected::Done),
        RawRequest::create().with("Host", "").is("H54", "an empty Host", Expected::Done),
        RawRequest::create().with("Host", "127.0.0.1:9090@example.com/").is("H54", "an odd Host", Expected::Done),
        RawRequest::create().with("Host", "a").and("Host", "b").is("H54", "two Hosts", Expected::Done),
        RawRequest::create().with("X-Forwarded-Proto", "a b").is("H55", "an invalid scheme", Expected::Done),
        RawRequest::create().with("X-Forwarded-For", "127.0.0.1").is("H55", "a forged address", Expected::Done),
        RawRequest::create().with("X-Forwarded-Host", "evil.example").is("H55", "a forged host", Expected::Done),
        RawRequest::create().with("X-Original-URL", "/v1/payments/a/cancel").is("H55", "a forged path", Expected::Done),
        RawRequest::create().with("X-Request-Id", MARK).is("H55", "a request id of the client's", Expected::Done),
        RawRequest::create().target("/v1/payments?amount=1").is("H56", "an amount in the query", Expected::Done),
        RawRequest::create().target("/v1/payments?x=1&x=2&x").is("H56", "a parameter three times", Expected::Done),
        RawRequest::create().target("/v1/payments?%zz=%00&=&&").is("H56", "an invalid query", Expected::Done),
        RawRequest::create()
            .target("/v1/payments?a=\"<>")
            .is("H56", "signs in a query", Expected::NotHttp(400))
            .http_only(),
        RawRequest::create().target("/v1/payments?a=\"<>").is("H56", "signs in a query", Expected::Done).event_only(),
        RawRequest::create().target("/v1/payments?a='é").is("H56", "a query that is not encoded", Expected::Done),
        RawRequest::create().target(format!("/v1/payments?{}", "x".repeat(8_000))).is(
            "H56",
            "a long query",
            Expected::Done,
        ),
        RawRequest::create().replace(r#""amount":10000"#, r#""x":1"#).target("/v1/payments?amount=10000").is(
            "H56",
            "an amount in the query only",
            AMOUNT,
        ),
    ]);
    cases
}
