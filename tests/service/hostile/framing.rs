//! H57 to H68: bodies as a whole: their size, their type, how they are framed and encoded.

use crate::request::{
    ANOTHER_TYPE, COMPRESSED, CUT_OFF, Case, Expected, NO_JSON, RawRequest, TOO_LARGE, UNAUTHORIZED, UTF_16,
};
use crate::service::MARK;
use payments_test_function::WRITES;
use serde_json::{Value, json};

/// A create of this media type.
fn of(media_type: &str) -> RawRequest {
    RawRequest::create().with("Content-Type", media_type)
}

/// A create with this header and the usual body, in one chunk.
fn chunked(coding: &str) -> RawRequest {
    let request = RawRequest::create();
    let body = String::from_utf8(request.body.clone()).expect("text");
    let chunks = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    request.with("Transfer-Encoding", coding).body(chunks)
}

/// A valid create, with white space up to a size.
fn sized(size: usize) -> RawRequest {
    let request = RawRequest::create();
    let body = [request.body.as_slice(), &vec![b' '; size - request.body.len()]].concat();
    request.body(body)
}

/// Bytes in the format of gzip (RFC 1952), in one stored block.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let crc = bytes.iter().fold(u32::MAX, |crc, byte| {
        let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        (0..8).fold(crc ^ u32::from(*byte), step)
    });
    let length = u16::try_from(bytes.len()).expect("a short text");
    let head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x01".as_slice();
    let block = [&length.to_le_bytes()[..], &(!length).to_le_bytes(), bytes].concat();
    [head, &block, &(!crc).to_le_bytes(), &u32::from(length).to_le_bytes()].concat()
}

pub(crate) fn cases() -> Vec<Case> {
    let empty = |operation: &'static str| RawRequest::to(operation).body("");
    let zipped = || {
        let request = RawRequest::create();
        let body = gzip(&request.body);
        request.body(body)
    };
    let mut cases = vec![
        RawRequest::create().with("Content-Length", "0").body("").is("H57", "a length of zero", NO_JSON),
        RawRequest::create().body(" ").is("H58", "a space", NO_JSON),
        RawRequest::create().body("\r\n\t \r\n").is("H58", "white space", NO_JSON),
        RawRequest::create().body(" ".repeat(16_384)).is("H58", "16 KB of white space", NO_JSON),
        RawRequest::create().without("Content-Type").is("H60", "no type", Expected::Done),
        of("").is("H60", "an empty type", ANOTHER_TYPE),
        of("text/plain").is("H60", "text", ANOTHER_TYPE),
        // The key is checked before the type, and the type before the body.
        of("text/plain").with("Authorization", "Basic x").is("H60", "text and no key", UNAUTHORIZED),
        of("text/plain").body("no JSON").is("H60", "text that is not JSON", ANOTHER_TYPE),
        of("application/x-www-form-urlencoded").is("H60", "a form", ANOTHER_TYPE),
        of("application/octet-stream").is("H60", "bytes", ANOTHER_TYPE),
        of("application/json; charset=utf-16").is("H60", "another character set than that of the body", Expected::Done),
        of("application/json;charset=utf-16").body(b"\xff\xfe{\0}\0").is("H60", "another character set", UTF_16),
        of("application/json; charset=UTF-8").is("H61", "a parameter", Expected::Done),
        of("Application/JSON").is("H61", "capitals", Expected::Done),
        of("application/problem+json").is("H61", "a relative of JSON", ANOTHER_TYPE),
        of("application/vnd.api+json").is("H61", "another relative", ANOTHER_TYPE),
        of("application/json5").is("H61", "a longer name", ANOTHER_TYPE),
        of("application/jso").is("H61", "a shorter name", ANOTHER_TYPE),
        of("application/json\u{a0}").is("H61", "a space that does not break", ANOTHER_TYPE),
        of("application/json, text/html").is("H61", "two types", ANOTHER_TYPE),
        of("application/json").and("Content-Type", "text/html").is("H61", "two headers", ANOTHER_TYPE),
        of("application/json").and("Content-Type", "application/json").is("H61", "the header twice", ANOTHER_TYPE),
        sized(16_384).is("H65", "16,384 bytes", Expected::Done),
        sized(16_385).is("H65", "16,385 bytes", TOO_LARGE),
        sized(65_537).is("H65", "64 KB and a byte", TOO_LARGE),
        sized(1_000_000).is("H65", "1 MB", TOO_LARGE),
        sized(6_000_000).is("H65", "6 MB", TOO_LARGE),
        sized(10_485_760).is("H65", "10 MB", TOO_LARGE).http_only(),
        sized(10_485_761).is("H65", "10 MB and a byte", TOO_LARGE).http_only(),
        sized(16_385).without("Authorization").is("H65", "too many bytes and no key", TOO_LARGE),
        sized(16_384).without("Authorization").is("H65", "not too many and no key", UNAUTHORIZED),
        RawRequest::create().body("\u{1}".repeat(16_385)).is("H65", "16,385 bytes that JSON escapes", TOO_LARGE),
        zipped().with("Content-Encoding", "gzip").is("H66", "a valid body in gzip", COMPRESSED),
        zipped().is("H66", "gzip that is not declared", COMPRESSED),
        RawRequest::create().with("Content-Encoding", "gzip").is(
            "H66",
            "a body that is declared as gzip and is not",
            Expected::Done,
        ),
        RawRequest::create().with("Content-Encoding", "br, gzip").body(MARK).is(
            "H66",
            "an unknown encoding",
            COMPRESSED,
        ),
        RawRequest::create().with("Content-Encoding", "br").body(b"\x0b\x02").is("H66", "Brotli", COMPRESSED),
        RawRequest::create().with("Content-Encoding", "identity").body(MARK).is("H66", "no encoding", NO_JSON),
        RawRequest::create().with("Content-Encoding", "gzip").body("").is("H66", "gzip of nothing", NO_JSON),
        of("multipart/form-data; boundary=x").body("--x\r\n\r\n{}\r\n--x--").is("H68", "multipart", ANOTHER_TYPE),
        of("application/xml").body("<a/>").is("H68", "XML", ANOTHER_TYPE),
        of("application/yaml").body("amount: 1").is("H68", "YAML", ANOTHER_TYPE),
        of("text/csv").body("a,b").is("H68", "CSV", ANOTHER_TYPE),
        of("application/cbor").body(b"\xa0").is("H68", "CBOR", ANOTHER_TYPE),
        of("application/xml").body("").is("H68", "an empty body of another type", NO_JSON),
    ];
    for operation in WRITES {
        cases.push(empty(operation).is("H57", format!("no body, {operation}"), NO_JSON));
    }
    // A GET has no body to check, apart from its size.
    let read = |body: &[u8]| RawRequest::retrieve().body(body);
    let list = |body: &[u8]| RawRequest::list().body(body);
    cases.extend([
        list(b"").without("Content-Type").is("H57", "a list without a body", Expected::Listed),
        list(b"no JSON").with("Content-Type", "text/plain").is("H60", "a list with a text", Expected::Listed),
        list(br#"{"orderId":"a"}"#).is("H60", "a list with another order in its body", Expected::Listed),
        list(&[b' '; 16_384]).is("H65", "a list with 16,384 bytes", Expected::Listed),
        list(&[b' '; 16_385]).is("H65", "a list with 16,385 bytes", TOO_LARGE),
        read(b"").without("Content-Type").is("H57", "a read without a body", Expected::Unknown),
        read(b"no JSON").with("Content-Type", "text/plain").is("H60", "a read with a text", Expected::Unknown),
        read(br#"{"paymentKey":"a"}"#).is("H60", "a read with another key in its body", Expected::Unknown),
        read(b"\xff\xfe").and("Content-Type", "a/b").is("H61", "a read with two types", Expected::Unknown),
        read(&[b' '; 16_384]).is("H65", "a read with 16,384 bytes", Expected::Unknown),
        read(&[b' '; 16_385]).is("H65", "a read with 16,385 bytes", TOO_LARGE),
        read(&[b' '; 16_385]).without("Authorization").is("H65", "such a read without a key", TOO_LARGE),
        read(b"\x1f\x8b").with("Content-Encoding", "gzip").is("H66", "a read with gzip", Expected::Unknown),
    ]);
    cases.extend(framed());
    cases
}

/// The end of the body. The HTTP server finds it, so none of these cases can be an event.
fn framed() -> Vec<Case> {
    let length = |length: &'static str| RawRequest::create().with("Content-Length", length);
    let lying = |request: RawRequest, coding: &str| {
        let length = request.body.len().to_string();
        request.with("Transfer-Encoding", coding).and("Content-Length", length)
    };
    let refused = Expected::NotHttp(400);
    let cases = [
        chunked("chunked").is("H67", "one chunk", Expected::Done),
        RawRequest::retrieve().with("Transfer-Encoding", "chunked").body("2\r\nab\r\n0\r\n\r\n").is(
            "H67",
            "a read with a chunk",
            Expected::Unknown,
        ),
        RawRequest::retrieve().with("Transfer-Encoding", "chunked").body("5\r\nab").is(
            "H67",
            "a read with half a chunk",
            CUT_OFF,
        ),
        chunked("Chunked").is("H67", "the coding in capitals", Expected::Done),
        lying(RawRequest::create(), "chunked").is("H67", "a length and invalid chunks", CUT_OFF),
        lying(RawRequest::create(), "gzip").is("H67", "a length and a coding that is not the last", refused),
        lying(RawRequest::create(), "chunked, gzip").is("H67", "chunks inside another coding", refused),
        lying(RawRequest::create(), "xchunked").is("H67", "a coding that ends like chunks", refused),
        length("1").and("Content-Length", "2").is("H67", "two lengths", refused),
        length("+5").is("H67", "a length with a sign", refused),
        length("-1").is("H67", "a negative length", refused),
        length("0x10").is("H67", "a hexadecimal length", refused),
        length("1e3").is("H67", "a length with an exponent", refused),
        length("18446744073709551616").is("H67", "a length too large for any type", refused),
        length("ten").is("H67", "a length in words", refused),
        RawRequest::create().with("Transfer-Encoding", "chunked").body("zz\r\n").is("H67", "an invalid size", CUT_OFF),
        RawRequest::create().with("Transfer-Encoding", "chunked").body("5\r\nab").is("H67", "half a chunk", CUT_OFF),
        RawRequest::create().with("Transfer-Encoding", "chunked").body("fffffffffffffffff\r\n").is(
            "H67",
            "a size too large for any type",
            CUT_OFF,
        ),
    ];
    cases.into_iter().map(Case::http_only).collect()
}

/// What a gateway may do to a body when it makes an event.
pub(crate) fn events() -> Vec<(&'static str, &'static str, Value, u16)> {
    let event = |change: &dyn Fn(&mut Value)| {
        let mut event = RawRequest::create().events().remove(0);
        change(&mut event);
        event
    };
    let in_base64 = || RawRequest::create().without("Content-Type").events().remove(1);
    vec![
        ("H57", "no body", event(&|e| e["body"] = Value::Null), 400),
        ("H62", "a valid body in base64", in_base64(), 200),
        ("H63", "text that says it is base64", event(&|e| e["isBase64Encoded"] = json!(true)), 400),
        (
            "H63",
            "base64 with a space",
            event(&|e| (e["body"], e["isBase64Encoded"]) = (json!("e3 0="), json!(true))),
            400,
        ),
        ("H63", "unpadded base64", event(&|e| (e["body"], e["isBase64Encoded"]) = (json!("e30"), json!(true))), 400),
        (
            "H64",
            "base64 of invalid UTF-8",
            event(&|e| (e["body"], e["isBase64Encoded"]) = (json!("/w=="), json!(true))),
            400,
        ),
        ("H64", "base64 of nothing", event(&|e| (e["body"], e["isBase64Encoded"]) = (json!(""), json!(true))), 400),
    ]
}
