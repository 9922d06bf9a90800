//! H69 to H90: bodies that are not one JSON object, each named after the rule of RFC 8259 or of the contract that it breaks, and
//! valid bodies that look broken.

use crate::request::{
    AMOUNT, BYTE_ORDER_MARK, CANCEL_REASON, Case, Expected, NO_JSON, NO_UTF_8, ORDER_ID, PAYMENT_KEY, RawRequest,
    TOO_LARGE, UTF_16,
};
use crate::service::MARK;

/// Values that are not JSON, by the rule that they break. Each is in an unknown field of a body that is valid otherwise.
const VALUES: &[(&str, &str, &[&str])] = &[
    ("H94", "a number does not begin with a zero", &["01", "-01", "00", "-00", "012", "00.5", "0123e1"]),
    ("H94", "a number has no plus sign", &["+1", "++1", "+0", "+1.5"]),
    ("H94", "a number has one minus sign, before a digit", &["-", "--1", "- 1", "-a", "1-", "-\"1\"", "−1"]),
    ("H94", "a number begins with a digit", &[".5", "-.5", ".", "e1", "E5", "$1", "#1"]),
    ("H94", "a fraction has digits", &["1.", "-1.", "0.", "1.e1", "1.2.3", "1..2", "1.-2"]),
    (
        "H94",
        "an exponent has digits",
        &["1e", "1E", "1e+", "1e-", "0e", "0E+", "1.5e", "1e1.5", "1eE2", "1e 2", "1e++1"],
    ),
    ("H94", "a number is decimal", &["0x10", "0X1F", "0b1", "0o7", "1a", "0xg"]),
    ("H94", "a number has nothing but digits", &["1_000", "1 000", "1'000", "1,000", "1n", "1L", "1f", "1%", "1é"]),
    ("H94", "the digits are those of ASCII", &["１", "٣", "①", "½"]),
    ("H94", "a number is not a sum", &["1+1", "1-2", "1/2", "2*3", "2^3"]),
    ("H77", "every number is finite", &["NaN", "-NaN", "nan", "Infinity", "-Infinity", "inf", "∞", "1.#INF"]),
    ("H77", "a literal is in small letters", &["True", "TRUE", "False", "FALSE", "Null", "NULL", "nUll"]),
    ("H77", "a literal is whole", &["t", "tru", "fals", "nul", "n", "f", "truee", "nulll", "true1", "falsey"]),
    ("H77", "there are three literals", &["None", "nil", "undefined", "yes", "on", "void 0", "default"]),
    ("H77", "a value is one value", &["1 2", "true false", "\"a\" \"b\"", "{} {}", "[] []", "1\"a\""]),
    ("H77", "a string has double quotes", &["'x'", "`x`", "“x”", "«x»", "'''x'''", "&quot;x&quot;", "\\u0022x\\u0022"]),
    ("H77", "a string is quoted", &["x", "hostile!4b7e", "2024-01-01", "결제", "a.b", "/x/"]),
    ("H77", "a string has no prefix", &["b\"x\"", "@\"x\"", "u\"x\"", "r\"x\"", "f\"x\""]),
    ("H77", "strings are not joined", &["\"a\"+\"b\"", "\"a\"\"b\"", "\"a\" . \"b\""]),
    ("H71", "a string ends", &["\"x", "\"", "\"x\\\"", "\"\\\\\\\"", "\"x'"]),
    ("H71", "a string begins", &["x\"", "1\""]),
    ("H89", "an escape is one of the defined ones", &[r#""\x41""#, r#""\a""#, r#""\0""#, r#""\v""#, r#""\'""#]),
    ("H89", "what is escaped is a letter of ASCII", &[r#""\ ""#, r#""\é""#, r#""\😀""#, "\"\\\n\"", "\"\\\t\""]),
    ("H89", "an escape is in small letters", &[r#""\U0041""#, r#""\N""#, r#""\T""#]),
    ("H89", "an escape has four hexadecimal digits", &[r#""\u""#, r#""\u0""#, r#""\u12""#, r#""\u00a""#, r#""\ud83""#]),
    (
        "H89",
        "hexadecimal digits are 0 to f",
        &[r#""\uqqqq""#, r#""\u00G0""#, r#""\u-001""#, r#""\u 041""#, r#""\u004１""#],
    ),
    ("H89", "an escape has no braces", &[r#""\u{41}""#, r#""\u{1F600}""#]),
    (
        "H86",
        "a control character is escaped",
        &["\"\0\"", "\"\u{1}\"", "\"\u{8}\"", "\"\u{b}\"", "\"\u{1b}\"", "\"\u{1f}\""],
    ),
    ("H86", "white space in a string is a space", &["\"a\tb\"", "\"a\nb\"", "\"a\rb\"", "\"a\r\nb\"", "\"\u{c}\""]),
    ("H71", "an array ends", &["[", "[1", "[1,", "[[1]", "[\"a\"", "[[[["]),
    ("H71", "an array begins", &["]", "1]", "[]]", "[1]]"]),
    ("H72", "no comma follows the last element", &["[1,]", "[1,2,]", "[[],]", "[1,\n]"]),
    ("H72", "a comma stands between two elements", &["[,1]", "[,]", "[1,,2]", "[,,]"]),
    ("H77", "elements are separated by commas", &["[1 2]", "[1;2]", "[1:2]", "[\"a\" \"b\"]", "[1\n2]", "[1|2]"]),
    ("H77", "an array has no names", &["[\"a\":1]", "[a:1]", "[\"a\"=>1]"]),
    ("H77", "an array has brackets", &["(1)", "<1>", "(1,2)", "[1}", "[1)", "array(1)"]),
    ("H77", "an array leaves nothing out", &["[...]", "[*]", "[1..3]", "[1,...]"]),
    ("H71", "an object ends", &["{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":{}", "{{"]),
    ("H71", "an object begins", &["}}", "{}}", "{\"a\":1}}"]),
    ("H72", "no comma follows the last member", &["{\"a\":1,}", "{\"a\":{},}", "{\"a\":1,\n}"]),
    ("H72", "a comma stands between two members", &["{,\"a\":1}", "{,}", "{\"a\":1,,\"b\":2}"]),
    ("H77", "members are separated by commas", &["{\"a\":1;\"b\":2}", "{\"a\":1 \"b\":2}", "{\"a\":1|\"b\":2}"]),
    ("H77", "a name has a value", &["{\"a\"}", "{\"a\":}", "{\"a\":1,\"b\"}", "{\"a\",\"b\"}", "{\"a\":,\"b\":1}"]),
    ("H77", "a value has a name", &["{:1}", "{1}", "{[1]}", "{\"a\":1,2}", "{null}"]),
    (
        "H77",
        "one colon follows a name",
        &["{\"a\" 1}", "{\"a\"::1}", "{\"a\"=1}", "{\"a\"=>1}", "{\"a\":=1}", "{\"a\"：1}"],
    ),
    ("H77", "a name is a string", &["{a:1}", "{'a':1}", "{1:1}", "{null:1}", "{[]:1}", "{{}:1}", "{true:1}", "{-1:1}"]),
    ("H86", "a name has no control character", &["{\"a\n\":1}", "{\"\0\":1}", "{\"a\tb\":1}"]),
    ("H89", "a name has no other escapes", &["{\"\\x61\":1}", "{\"\\u12\":1}", "{\"a\\\":1}"]),
    ("H77", "an object has braces", &["{\"a\":1]", "{\"a\":1)", "[\"a\":1}", "{\"a\":1>"]),
    (
        "H77",
        "there are no comments",
        &["1/*c*/", "/**/1", "1//c\n", "1#c\n", "1--c\n", "<!--c-->1", "{/*c*/}", "[//\n]", "1 rem"],
    ),
    ("H77", "there are no statements", &["1;", "return 1", "var x=1", "x=1", "new Date()", "f(1)", "()=>1"]),
    (
        "H77",
        "white space is one of four characters",
        &["\u{a0}1", "\u{b}1", "\u{c}1", "\u{85}1", "\u{2028}1", "\u{3000}1"],
    ),
    (
        "H77",
        "nothing invisible stands before a value",
        &["\u{200b}1", "\u{2060}1", "\u{feff}1", "\u{ad}1", "\u{202e}1"],
    ),
    ("H73", "nothing else stands between values", &["\u{0}1", "1\u{0}", "1\u{1a}", "\u{7f}1", "\u{1e}1", "\u{8}1"]),
    ("H77", "a value is there", &["", " ", ",", ":", "\\", "\"a\":1"]),
];

/// Whole bodies that are not a JSON object, by the rule that they break. `$GOOD` is a valid one.
const WHOLE: &[(&str, &str, &[&str])] = &[
    ("H69", "the object is not an array of its values", &["[\"$KEY\",\"order_1\",10000]", "[]", "[1]"]),
    ("H69", "the object is not in an array", &["[$GOOD]", "[$GOOD,$GOOD]", "[[$GOOD]]"]),
    (
        "H70",
        "the body is an object",
        &["null", "true", "false", "0", "-1", "1e4", "\"\"", "\"text\"", "\"hostile!4b7e\""],
    ),
    (
        "H73",
        "nothing follows the object",
        &["$GOOD{}", "$GOOD$GOOD", "$GOOD\n$GOOD", "$GOOD null", "$GOOD x", "$GOOD,"],
    ),
    (
        "H73",
        "no sign follows it",
        &["$GOOD}", "$GOOD]", "$GOOD;", "$GOOD.", "$GOOD\0", "$GOOD\u{1a}", "$GOOD#", "$GOOD\""],
    ),
    ("H73", "no comment follows it", &["$GOOD//", "$GOOD /* hostile!4b7e */", "$GOOD # c"]),
    (
        "H73",
        "no white space but that of JSON follows it",
        &["$GOOD\u{a0}", "$GOOD\u{b}", "$GOOD\u{c}", "$GOOD\u{2028}"],
    ),
    ("H73", "nothing stands before the object", &["x$GOOD", ",$GOOD", "{$GOOD", "\"$GOOD", "\0$GOOD", "1 $GOOD"]),
    (
        "H73",
        "no prefix of another format stands before it",
        &[")]}',\n$GOOD", "while(1);$GOOD", "\u{1e}$GOOD", "data: $GOOD"],
    ),
    ("H73", "it is not an argument of a function", &["cb($GOOD)", "($GOOD)", "cb($GOOD);"]),
    ("H75", "there is no byte order mark", &[" \u{feff}$GOOD", "$GOOD\u{feff}"]),
    (
        "H68",
        "it is JSON and no other format",
        &["paymentKey=$KEY&orderId=order_1&amount=10000", "<payment/>", "amount: 10000"],
    ),
    ("H68", "it is not a table", &["paymentKey,orderId,amount\n$KEY,order_1,10000", "amount = 10000"]),
    (
        "H68",
        "it is not an encoding of JSON",
        &["eyJhIjoxfQ==", "%7B%7D", "\"{}\"", "\"{\\\"amount\\\":10000}\"", "\\{\\}"],
    ),
    ("H58", "it is not blank", &[" ", "\t", "\r\n", "\n\n\n"]),
    ("H73", "it is not control characters", &["\0", "\0\0\0\0", "\u{1}", "\u{4}"]),
];

/// Bytes that are not UTF-8, by the rule that they break. Each is in a string of an unknown field.
const BYTES: &[(&str, &[u8])] = &[
    ("a byte of UTF-8 is below F5", b"\xff"),
    ("a byte of UTF-8 is below F5, in other places, too", b"a\xfeb"),
    ("no character has five bytes", b"\xf8\x88\x80\x80\x80"),
    ("no character has six bytes", b"\xfc\x84\x80\x80\x80\x80"),
    ("a continuation has a beginning", b"\x80"),
    ("a continuation is the only one", b"\xc3\xa9\xa9"),
    ("a beginning has a continuation", b"\xc3"),
    ("a beginning has a continuation, and not a letter", b"\xc3("),
    ("a beginning of three bytes has two continuations", b"\xe2\x82"),
    ("a beginning of four bytes has three", b"\xf0\x9f\x98"),
    ("a beginning does not follow a beginning", b"\xc3\xc3\xa9"),
    ("a slash has one byte", b"\xc0\xaf"),
    ("a full stop has one byte", b"\xc0\xae"),
    ("a NUL has one byte", b"\xc0\x80"),
    ("a slash has one byte and not three", b"\xe0\x80\xaf"),
    ("a slash has one byte and not four", b"\xf0\x80\x80\xaf"),
    ("a quote has one byte", b"\xc0\xa2"),
    ("half a character is not a character", b"\xed\xa0\x80"),
    ("the other half is not one either", b"\xed\xb0\x80"),
    ("two encoded halves are not a character", b"\xed\xa0\xbd\xed\xb8\x80"),
    ("the last character is U+10FFFF", b"\xf4\x90\x80\x80"),
    ("a letter of Latin-1 is encoded", b"caf\xe9"),
    ("a letter of EUC-KR is encoded", b"\xb0\xe1\xc1\xa6"),
    ("a letter of Shift-JIS is encoded", b"\x8c\x88\x8d\xcf"),
];

/// A create with more members before the end of its object.
fn more(members: impl AsRef<[u8]>) -> RawRequest {
    let request = RawRequest::create();
    let (last, rest) = request.body.split_last().expect("an object");
    let body = [rest, b",", members.as_ref(), &[*last]].concat();
    request.body(body)
}

/// A create with this body, in which `$GOOD` is a valid one.
fn whole(text: &str) -> RawRequest {
    let request = RawRequest::create();
    let good = String::from_utf8(request.body.clone()).expect("text");
    let body = text.replace("$GOOD", &good).replace("$KEY", &request.key);
    request.body(body)
}

/// Every body that is not one JSON object in UTF-8.
pub(crate) fn broken() -> Vec<Case> {
    let mut cases = Vec::new();
    for (number, rule, broken) in VALUES {
        for json in *broken {
            let case = more(format!("\"x\":{json}")).is(number, format!("{rule}: {json:?}"), NO_JSON);
            cases.push(case);
        }
    }
    for (number, rule, broken) in WHOLE {
        cases.extend(broken.iter().map(|text| whole(text).is(number, format!("{rule}: {text:?}"), NO_JSON)));
    }
    for (rule, bytes) in BYTES {
        cases.push(more([b"\"x\":\"", *bytes, b"\""].concat()).is("H87", format!("{rule}, in a value"), NO_UTF_8));
        cases.push(more([b"\"", *bytes, b"\":1"].concat()).is("H87", format!("{rule}, in a name"), NO_UTF_8));
    }
    let good = RawRequest::create().body;
    for length in 0..good.len() {
        let what = format!("the object is whole, and not its first {length} bytes");
        cases.push(RawRequest::create().body(&good[..length]).is("H71", what, NO_JSON));
    }
    let utf16 = |bytes: fn(u16) -> [u8; 2], mark: &[u8]| {
        let text = String::from_utf8(RawRequest::create().body).expect("text");
        [mark, text.encode_utf16().flat_map(bytes).collect::<Vec<_>>().as_slice()].concat()
    };
    let utf32 =
        |bytes: fn(u32) -> [u8; 4]| -> Vec<u8> { good.iter().flat_map(|byte| bytes(u32::from(*byte))).collect() };
    for (what, body) in [
        ("UTF-16, little end first", utf16(u16::to_le_bytes, b"")),
        ("UTF-16, big end first", utf16(u16::to_be_bytes, b"")),
        ("UTF-16, little end first, with its mark", utf16(u16::to_le_bytes, b"\xff\xfe")),
        ("UTF-16, big end first, with its mark", utf16(u16::to_be_bytes, b"\xfe\xff")),
        ("UTF-32, little end first", utf32(u32::to_le_bytes)),
        ("UTF-32, big end first", utf32(u32::to_be_bytes)),
        ("UTF-7", b"+AHs-+AH0-".to_vec()),
        ("EBCDIC", b"\xc0\xd0".to_vec()),
        ("MessagePack", b"\x83\xa6amount\xcd\x27\x10".to_vec()),
        ("BSON", b"\x05\0\0\0\0".to_vec()),
    ] {
        let expected = match what {
            _ if what.starts_with("UTF-16") || what.starts_with("UTF-32") => UTF_16,
            _ if std::str::from_utf8(&body).is_ok() => NO_JSON,
            _ => NO_UTF_8,
        };
        cases.push(RawRequest::create().body(body).is(
            "H76",
            format!("the encoding is UTF-8 and not {what}"),
            expected,
        ));
    }
    for (what, body) in [("a valid body", good.as_slice()), ("nothing", b"")] {
        let marked = RawRequest::create().body([b"\xef\xbb\xbf", body].concat());
        cases.push(marked.is("H75", format!("there is no byte order mark before {what}"), BYTE_ORDER_MARK));
    }
    cases
}

/// Bodies that are one JSON object, and break another rule or none.
pub(crate) fn unusual() -> Vec<Case> {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let objects = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    let good = Expected::Done;
    let mut cases = vec![
        whole("{}").is("H70", "an empty object", PAYMENT_KEY),
        whole("$GOOD\r\n\t \n").is("H74", "white space after the object", good),
        whole("\n\t $GOOD").is("H74", "white space before it", good),
        more("\"amount\":10000").is("H78", "the amount twice", AMOUNT),
        more("\"amount\":1").is("H78", "two amounts", AMOUNT),
        more("\"orderId\":\"order_1\"").is("H78", "the order's number twice", ORDER_ID),
        more("\"paymentKey\":\"a\"").is("H78", "two payment keys", PAYMENT_KEY),
        more(r#""\u0061mount":1"#).is("H79", "two amounts, one of them escaped", AMOUNT),
        more(r#""\u0061\u006d\u006F\u0075\u006e\u0074":1"#).is("H79", "two amounts, one all escapes", AMOUNT),
        RawRequest::create().replace("amount", r"\u0061mount").is("H79", "the amount, escaped", good),
        RawRequest::create().replace("amount", "Amount").is("H80", "the amount with a capital", AMOUNT),
        RawRequest::create().replace("amount", "AMOUNT").is("H80", "the amount in capitals", AMOUNT),
        RawRequest::create().replace("amount", "amount ").is("H80", "the amount and a space", AMOUNT),
        RawRequest::create().replace("amount", r"amount\u0000").is("H80", "the amount and a NUL", AMOUNT),
        RawRequest::create().replace("amount", "аmount").is("H80", "the amount with a Cyrillic letter", AMOUNT),
        RawRequest::create().replace("orderId", "order_id").is("H80", "another spelling", ORDER_ID),
        more("\"Amount\":1").is("H80", "another amount with a capital", good),
        more(r#""status":"APPROVED""#).is("H81", "a status", good),
        more(r#""approvedAt":"2024-01-01T00:00:00Z","approvedBy":"me""#).is("H81", "an approval", good),
        more(r#""createdBy":"me","schemaVersion":2,"method":"CARD""#).is("H81", "attributes of the item", good),
        more(r#""cancelReason":"x","cancelAmount":1"#).is("H81", "a cancel", good),
        more(r#""__proto__":{"amount":1}"#).is("H82", "a prototype", good),
        more(r#""constructor":{"prototype":{"amount":1}}"#).is("H82", "a constructor", good),
        RawRequest::create().replace("\"amount\":10000", "\"__proto__\":{\"amount\":1}").is(
            "H82",
            "only a prototype",
            AMOUNT,
        ),
        RawRequest::create().replace("10000", &nested(127)).is("H83", "an amount of 127 arrays", AMOUNT),
        RawRequest::create().replace("10000", &nested(128)).is("H83", "an amount of 128 arrays", AMOUNT),
        RawRequest::create().replace("10000", &nested(8_000)).is("H83", "an amount of 8,000 arrays", AMOUNT),
        RawRequest::create().replace("10000", &nested(100_000)).is("H83", "an amount of 100,000 arrays", TOO_LARGE),
        more(format!("\"x\":{}", nested(127))).is("H83", "127 arrays in an unknown field", good),
        more(format!("\"x\":{}", nested(8_000))).is("H83", "8,000 arrays in an unknown field", good),
        more(format!("\"x\":{}", objects(2_000))).is("H83", "2,000 objects in an unknown field", good),
        more(format!("\"x\":{}", "[".repeat(16_000))).is("H83", "16,000 arrays without an end", NO_JSON),
        RawRequest::create().replace("10000", &"9".repeat(16_000)).is("H84", "an amount of 16,000 digits", AMOUNT),
        RawRequest::create().replace("10000", &"9".repeat(100_000)).is("H84", "an amount of 100,000 digits", TOO_LARGE),
        more(format!("\"x\":{}", "9".repeat(16_000))).is("H84", "16,000 digits in an unknown field", good),
        more("\"x\":1e400,\"y\":-0,\"z\":1E-400").is(
            "H84",
            "numbers too large for any type, in an unknown field",
            good,
        ),
        RawRequest::create().replace("order_1", &"x".repeat(1_000_000)).is("H85", "1 MB of text", TOO_LARGE),
        RawRequest::create().replace("order_1", &"x".repeat(16_000)).is("H85", "16 KB of text", ORDER_ID),
        more((0..1_500).map(|n| format!("\"{n:04}\":1")).collect::<Vec<_>>().join(",")).is("H85", "1,500 fields", good),
        more((0..100_000).map(|n| format!("\"{n}\":1")).collect::<Vec<_>>().join(",")).is("H85", "100,000", TOO_LARGE),
        more(r#""":1,"":2"#).is("H85", "fields without a name", good),
        more(r#""x":1,"x":2"#).is("H78", "an unknown field twice", good),
        more(r#""x":"\ud800""#).is("H88", "half a character in an unknown field", good),
        more(r#""\udc00":1"#).is("H88", "half a character in a name", NO_JSON),
        more(r#""x":"\ud83d\u0041""#).is("H89", "half a character before a letter, in an unknown field", good),
        more(r#""x":"\u0000\b\f\n\r\t\/\\\"""#).is("H89", "every escape that there is", good),
    ];
    for (what, half) in [
        ("the first half", r"\ud800"),
        ("the second half", r"\udc00"),
        ("the first half before a letter", r"\ud83d\u0041"),
        ("the halves in the wrong order", r"\ude00\ud83d"),
        ("the first half twice", r"\ud83d\ud83d"),
    ] {
        let order = RawRequest::create().replace("order_1", half);
        cases.push(order.is("H88", format!("{what} of a character in an order number"), ORDER_ID));
        let reason = RawRequest::cancel().replace("USER_REQUEST", half);
        cases.push(reason.is("H88", format!("{what} of a character in a reason"), CANCEL_REASON));
    }
    cases.push(RawRequest::cancel().replace("USER_REQUEST", r"\ud83d\ude00").is(
        "H88",
        "both halves",
        Expected::Unknown,
    ));
    cases.push(RawRequest::create().replace("order_1", MARK).replace("10000", "0").is(
        "H91",
        "a marker to look for",
        ORDER_ID,
    ));
    cases
}
