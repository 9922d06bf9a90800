//! H1 to H33: the header with the key, and values that resemble it.

use crate::request::{Case, Expected, RawRequest, UNAUTHORIZED};
use crate::service::{KEY, MARK};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use payments_test_function::authorization;

/// A create with this value of the header.
fn with(value: impl AsRef<[u8]>) -> RawRequest {
    RawRequest::create().with("Authorization", value)
}

/// A create with credentials that decode to this.
fn basic(decoded: impl AsRef<[u8]>) -> RawRequest {
    with(format!("Basic {}", STANDARD.encode(decoded)))
}

pub(crate) fn cases() -> Vec<Case> {
    let good = STANDARD.encode(format!("{KEY}:"));
    let header = authorization(KEY);
    assert!(good.contains('+') && good.contains('/') && good.ends_with('=') && !good.ends_with("=="), "{good}");
    // The last digit before the padding carries two bits that must be zero.
    let (most, last) = good[..good.len() - 1].split_at(good.len() - 2);
    let next = char::from(last.as_bytes()[0] + 1);

    let mut cases = vec![
        RawRequest::create().without("Authorization").is("H1", "no header", UNAUTHORIZED),
        with("").is("H2", "an empty header", UNAUTHORIZED),
        with("Basic").is("H3", "the scheme alone", UNAUTHORIZED),
        with("Basic ").is("H3", "the scheme and a space", UNAUTHORIZED),
        with("Basic    ").is("H3", "the scheme and spaces", UNAUTHORIZED),
        with(format!("basic {good}")).is("H4", "the scheme in small letters", Expected::Done),
        with(format!("BASIC {good}")).is("H4", "the scheme in capitals", Expected::Done),
        with(format!("bAsIc {good}")).is("H4", "the scheme in both", Expected::Done),
        with(format!("Basic  {good}")).is("H5", "two spaces after the scheme", UNAUTHORIZED),
        with(format!("Basic   {good}")).is("H5", "three spaces after the scheme", UNAUTHORIZED),
        with(format!("Basic{good}")).is("H5", "no space after the scheme", UNAUTHORIZED),
        with(format!("Basic\t{good}")).is("H6", "a tab after the scheme", UNAUTHORIZED),
        with(format!("Basic \t{good}")).is("H6", "a tab after the space", UNAUTHORIZED),
        basic(KEY).is("H8", "a valid key without a colon", UNAUTHORIZED),
        basic(format!("{KEY}:")).is("H9", "a valid key and a colon", Expected::Done),
        basic(format!("{KEY}:x")).is("H10", "a password", UNAUTHORIZED),
        basic(format!("{KEY}: ")).is("H10", "a password that is a space", UNAUTHORIZED),
        basic(format!("{KEY}::")).is("H11", "two colons", UNAUTHORIZED),
        basic(format!(":{KEY}")).is("H11", "the key as a password", UNAUTHORIZED),
        basic(format!(":{KEY}:")).is("H11", "a colon before the key", UNAUTHORIZED),
        basic(":").is("H11", "a colon alone", UNAUTHORIZED),
        basic("").is("H11", "nothing at all", UNAUTHORIZED),
        basic(format!("{KEY}:\0")).is("H11", "a NUL after the colon", UNAUTHORIZED),
        basic(format!("{KEY} + :")).is("H12", "a sample's plus sign in the key", UNAUTHORIZED),
        with(format!("Basic {}", STANDARD_NO_PAD.encode(format!("{KEY}:")))).is("H13", "no padding", Expected::Done),
        with(format!("Basic {good}=")).is("H14", "one sign of padding too many", UNAUTHORIZED),
        with(format!("Basic {good}==")).is("H14", "two signs of padding too many", UNAUTHORIZED),
        with(format!("Basic ={good}")).is("H14", "padding first", UNAUTHORIZED),
        with(format!("Basic {}", URL_SAFE.encode(format!("{KEY}:")))).is("H15", "the alphabet of URLs", UNAUTHORIZED),
        with(format!("Basic {}", URL_SAFE_NO_PAD.encode(format!("{KEY}:")))).is(
            "H15",
            "the alphabet of URLs, unpadded",
            UNAUTHORIZED,
        ),
        with(format!("Basic {} {}", &good[..8], &good[8..])).is("H16", "a space in the base64", UNAUTHORIZED),
        with(format!("Basic {}\n{}", &good[..8], &good[8..])).is("H16", "a line feed in it", UNAUTHORIZED).event_only(),
        with(format!("Basic {}\r\n{}", &good[..8], &good[8..]))
            .is("H16", "a line end in it", UNAUTHORIZED)
            .event_only(),
        with(format!("Basic {good}\n")).is("H16", "a line feed after it", UNAUTHORIZED).event_only(),
        with(format!("Basic {good} ")).is("H16", "a space after it", UNAUTHORIZED).event_only(),
        with(format!("Basic {most}{next}=")).is("H17", "an unused bit that is not zero", UNAUTHORIZED),
        with(format!("Basic {most}{next}")).is("H17", "the same unpadded", UNAUTHORIZED),
        basic([KEY.as_bytes(), b"\xff:"].concat()).is("H18", "a key that is not UTF-8", UNAUTHORIZED),
        basic(b"\xc3\x28\xff\xfe:").is("H18", "invalid UTF-8", UNAUTHORIZED),
        basic(format!("{KEY}\0:")).is("H19", "a NUL after the key", UNAUTHORIZED),
        basic(format!("\0{KEY}:")).is("H19", "a NUL before it", UNAUTHORIZED),
        basic(format!("{KEY}\u{1b}[2J:")).is("H19", "an escape sequence", UNAUTHORIZED),
        basic(format!("{KEY}:\n")).is("H20", "the line feed of echo", UNAUTHORIZED),
        basic(format!("{KEY}\n:")).is("H20", "a line feed in the key", UNAUTHORIZED),
        basic(format!("{KEY}:\r\n")).is("H20", "the line end of another system", UNAUTHORIZED),
        basic(format!("{}:", KEY.to_uppercase())).is("H21", "the key in capitals", UNAUTHORIZED),
        basic(format!("{}:", &KEY[..KEY.len() - 1])).is("H22", "the key without its last character", UNAUTHORIZED),
        basic(format!("{}:", &KEY[1..])).is("H22", "the key without its first", UNAUTHORIZED),
        basic(format!("{KEY}x:")).is("H22", "one character more", UNAUTHORIZED),
        basic(format!("{KEY} :")).is("H22", "a space more", UNAUTHORIZED),
        basic(format!("{KEY}{KEY}:")).is("H22", "the key twice", UNAUTHORIZED),
        basic(format!("{}:", MARK.repeat(10_240 * 3 / 4 / MARK.len()))).is("H23", "10 KB of base64", UNAUTHORIZED),
        basic(format!("{}:", MARK.repeat(75_000 / MARK.len()))).is("H23", "100 KB of base64", UNAUTHORIZED),
        with("A".repeat(1_000_000)).is("H23", "a megabyte", Expected::NotHttp(431)).http_only(),
        basic(format!("{}:", MARK.repeat(3_000_000 / MARK.len()))).is("H23", "4 MB", UNAUTHORIZED).event_only(),
        with(&header).and("Authorization", "Basic x").is("H24", "a valid header, then an invalid one", UNAUTHORIZED),
        with("Basic x").and("Authorization", &header).is("H24", "an invalid header, then a valid one", UNAUTHORIZED),
        with("").and("Authorization", &header).is("H24", "an empty header, then a valid one", UNAUTHORIZED),
        with(&header).and("Authorization", &header).is("H25", "the valid header twice", UNAUTHORIZED),
        with(format!("{header},{header}")).is("H25", "the valid value twice", UNAUTHORIZED),
        with(format!("{header},")).is("H25", "a comma after it", UNAUTHORIZED),
        with([header.as_bytes(), b"\xff"].concat()).is("H26", "a byte beyond ASCII after it", UNAUTHORIZED),
        with(format!("Basic {good}é")).is("H26", "a letter beyond ASCII after it", UNAUTHORIZED),
        with(format!("Ｂasic {good}")).is("H26", "a full-width letter in the scheme", UNAUTHORIZED),
        with(format!("Basic\u{a0}{good}")).is("H26", "a space that does not break after the scheme", UNAUTHORIZED),
        with(format!("{header}\u{1}")).is("H27", "a control character after it", Expected::NotHttp(400)).http_only(),
        with(format!("{header}\0")).is("H27", "a NUL after it", Expected::NotHttp(400)).http_only(),
        with(format!("{header}\u{1}")).is("H27", "a control character after it", UNAUTHORIZED).event_only(),
        with(format!("{header}\0")).is("H27", "a NUL after it", UNAUTHORIZED).event_only(),
        with(format!("Basic\r\n {good}")).is("H28", "a folded value", Expected::NotHttp(400)).http_only(),
        with(format!("Basic\r\n {good}")).is("H28", "a folded value", UNAUTHORIZED).event_only(),
        RawRequest::create()
            .without("Authorization")
            .target(format!("http://{}:@localhost/v1/payments", KEY.replace('?', "%3F")))
            .is("H29", "the key before the host", UNAUTHORIZED)
            .http_only(),
        basic(format!("live_{KEY}:")).is("H30", "the key with the prefix of another environment", UNAUTHORIZED),
        basic(format!("{}:", KEY.replace("canary", "live"))).is("H30", "another prefix in its place", UNAUTHORIZED),
        RawRequest::create()
            .without("Authorization")
            .with("Proxy-Authorization", &header)
            .and("X-Forwarded-Authorization", &header)
            .and("X-Api-Key", KEY)
            .is("H33", "the key in other headers", UNAUTHORIZED),
        RawRequest::create().without("Authorization").with("Cookie", format!("authorization={good}")).is(
            "H33",
            "the key in a cookie",
            UNAUTHORIZED,
        ),
    ];
    for scheme in ["Bearer", "Digest", "Negotiate", "Token", "ApiKey", "Basi", "Basics", "BasicAuth"] {
        cases.push(with(format!("{scheme} {good}")).is("H7", format!("the scheme {scheme}"), UNAUTHORIZED));
    }
    cases.push(with(&good).is("H7", "no scheme", UNAUTHORIZED));
    cases.push(with(KEY).is("H7", "the key as it is", UNAUTHORIZED));
    cases.push(with(format!("Bearer {KEY}")).is("H7", "the key as a bearer's token", UNAUTHORIZED));
    for query in [format!("authorization={good}"), format!("key={KEY}"), format!("access_token={KEY}")] {
        let target = format!("/v1/payments?{query}");
        cases.push(RawRequest::create().without("Authorization").target(target).is(
            "H29",
            "the key in the query",
            UNAUTHORIZED,
        ));
    }
    for operation in ["confirm", "cancel", "retrieve", "list"] {
        cases.push(RawRequest::to(operation).without("Authorization").is(
            "H1",
            format!("no header, {operation}"),
            UNAUTHORIZED,
        ));
    }
    cases
}
