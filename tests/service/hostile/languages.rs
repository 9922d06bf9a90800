//! H119 to H124: the header that chooses the language of a message. Every request is refused, most because there is no such payment,
//! so that its answer has a message.

use crate::request::{Case, Expected, NO_ROUTE, RawRequest, UNAUTHORIZED};
use crate::service::MARK;

fn with(value: impl AsRef<[u8]>) -> RawRequest {
    RawRequest::retrieve().with("Accept-Language", value)
}

pub(crate) fn cases() -> Vec<Case> {
    let is_unknown = |request: RawRequest, number, what: &str| request.is(number, what, Expected::Unknown);
    let malformed = |value: &str| with(value).is("H119", format!("malformed: {value}"), Expected::Unknown);
    let mut cases = vec![
        is_unknown(with("한국어"), "H120", "a language in its own letters"),
        is_unknown(with("ｋｏ"), "H120", "full-width letters"),
        is_unknown(with(b"ko\xff"), "H120", "a byte that is no UTF-8"),
        is_unknown(with("ko\u{a0}"), "H120", "a space that does not break"),
        with("ko\0").is("H121", "a NUL", Expected::NotHttp(400)).http_only(),
        with("ko\u{1b}[2J").is("H121", "a terminal's sequence", Expected::NotHttp(400)).http_only(),
        is_unknown(with("ko\0"), "H121", "a NUL").event_only(),
        is_unknown(with("ko\u{1b}[2J"), "H121", "a terminal's sequence").event_only(),
        is_unknown(with(format!("ko\r\nX-Injected: {MARK}")), "H122", "a header after it").http_only().in_korean(),
        is_unknown(with(format!("ko\r\nX-Injected: {MARK}")), "H122", "a header inside it").event_only(),
        is_unknown(with(format!("{MARK}, ko;q=0.1")), "H122", "a marker as the first language").in_korean(),
        is_unknown(with("ko").and("Accept-Language", "en"), "H123", "the header twice").in_korean(),
        is_unknown(with("en").and("Accept-Language", "ko"), "H123", "the header twice, English first"),
        is_unknown(with("ko").and("Accept-Language", "en;q=x"), "H123", "the header twice, once malformed"),
        is_unknown(with("fr,".repeat(300) + "ko"), "H124", "300 languages before ours").in_korean(),
        is_unknown(with("ko,".repeat(3_000)), "H124", "3,000 times the same"),
        is_unknown(with(",".repeat(10_000) + "ko"), "H124", "10,000 commas"),
        is_unknown(with(format!("ko{}", ";q=1".repeat(2_000))), "H124", "2,000 weights"),
        is_unknown(with(format!("ko;q=0.{}", "1".repeat(10_000))), "H124", "a weight of 10,000 digits"),
        is_unknown(with(format!("ko{}", "-a".repeat(5_000))), "H124", "5,000 subtags").in_korean(),
        with("ko,".repeat(300_000)).is("H124", "a megabyte", Expected::NotHttp(431)).http_only(),
        is_unknown(with("fr,".repeat(1_000_000) + "ko"), "H124", "3 MB").event_only(),
        is_unknown(with("ko-".repeat(1_000_000)), "H124", "a language of 3 MB").event_only().in_korean(),
        is_unknown(with("ko;"), "H119", "a semicolon and nothing after it").in_korean(),
        with("ko").without("Authorization").is("H119", "no key, in Korean", UNAUTHORIZED).in_korean(),
        with("ko;q=x").target("/v1/unknown").is("H119", "malformed, and no route", NO_ROUTE),
    ];
    let values = [
        ";",
        ",",
        ";q=1",
        "=",
        "q=1;ko",
        "ko;q",
        "ko;q=",
        "ko;q=;",
        "ko;=1",
        "ko q=1",
        "ko;q=2",
        "ko;q=1.001",
        "ko;q=0.0001",
        "ko;q=-0",
        "ko;q=-1",
        "ko;q=+1",
        "ko;q=NaN",
        "ko;q=inf",
        "ko;q=1e1",
        "ko;q=0x1",
        "ko;q=\"1\"",
        "ko;q=.5",
        "\"ko\"",
        "(ko)",
        "ko/KR",
        "ko:KR",
        "ko@KR",
        "[ko]",
        "{ko}",
        "<ko>",
        "../../ko",
        "${ko}",
        "ko\\",
        "*;q=2",
        "ko, en;q=x",
        "en;q=0.1, ko;q=1;q=0",
        "ko\t\tKR",
    ];
    cases.extend(values.map(malformed));
    cases
}
