//! Receipts: the page, its headers, and what it takes. `tests/service/hostile` has the wrong tokens.

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use payments_http::{Dependencies, Receipts};
use payments_test_function::{
    Answer, LambdaFunctions, body_of, capture_log, dependencies, fixed_clock, log, receipt_event, receipt_pages,
};
use payments_test_table::{Table, Wire, empty_table, unique};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn functions_over(table: &Table, receipts: Receipts) -> LambdaFunctions {
    LambdaFunctions::new(Dependencies { receipts, ..dependencies(table, fixed_clock()) })
}

/// Creates and confirms a payment. Returns the token of its receipt.
async fn approved(functions: &LambdaFunctions, key: &str) -> String {
    let mut answers = Vec::new();
    for operation in ["create", "confirm"] {
        let function = functions.named(operation);
        answers.push(function.invoke(&function.event(key, &body_of(operation, key))).await);
    }
    let approved = answers.pop().expect("two answers").json();
    let url = approved["receipt"]["url"].as_str().expect("a receipt");
    let (address, token) = url.split_once("?t=").expect("a token");
    assert_eq!(address, format!("https://pay.local/receipts/{key}"));
    token.to_owned()
}

async fn open(functions: &LambdaFunctions, key: &str, token: &str) -> Answer {
    functions.named("receipt").invoke(&receipt_event(key, &json!({ "t": token }))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_a_page_that_loads_nothing_and_is_kept_nowhere() {
    let table = empty_table().await;
    let functions = functions_over(&table, receipt_pages("A shop"));
    let token = approved(&functions, "pay_1").await;
    for (token, status) in [(&*token, 200), ("", 404)] {
        let mut answer = open(&functions, "pay_1", token).await;
        assert_eq!(answer.status, status, "{answer}");
        assert!(answer.headers.remove("x-request-id").is_some_and(|id| id.len() > 8));
        let (_, rest) = answer.body.split_once("<style>").expect("a style sheet");
        let (style, rest) = rest.split_once("</style>").expect("its end");
        let digest = STANDARD.encode(Sha256::digest(style));
        let expected = [
            ("cache-control", "no-store"),
            ("content-language", "en"),
            ("content-security-policy", &*format!("default-src 'none'; style-src 'sha256-{digest}'")),
            ("content-type", "text/html; charset=utf-8"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
        ];
        assert_eq!(answer.headers.iter().map(|(name, value)| (&**name, &**value)).collect::<Vec<_>>(), expected);
        for loads_or_runs in ["<style", "<script", "<link", "<img", " style=", " src=", " href=", "url(", "@import"] {
            assert!(!rest.contains(loads_or_runs) && !style.contains(loads_or_runs), "{loads_or_runs}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_stored_becomes_part_of_the_html() {
    const ATTACK: &str = r#"</dd><script>alert("1")</script>'&"#;
    let table = empty_table().await;
    let functions = functions_over(&table, receipt_pages(ATTACK));
    let token = approved(&functions, "pay_1").await;
    let mut item = table.get("pay_1").await.expect("a payment");
    for name in ["orderId", "approvedAt"] {
        item.insert(name.to_owned(), AttributeValue::S(format!("{name}{ATTACK}")));
    }
    table.put(item).await;
    let answer = open(&functions, "pay_1", &token).await;
    assert_eq!(answer.status, 200, "a time that cannot be read is shown as it is: {answer}");
    let escaped = "&#60;/dd&#62;&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#39;&#38;";
    for text in ["orderId", "approvedAt", "· ", r#"<p class="merchant">"#] {
        assert!(answer.body.contains(&format!("{text}{escaped}")), "{text}: {answer}");
    }
    assert!(!answer.body.contains("<script"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_takes_one_read_and_a_key_that_no_payment_can_have_takes_none() {
    let table = empty_table().await;
    let wire = Wire::to(&table.endpoint).await;
    let functions = functions_over(&table.by_way_of(&wire.endpoint), receipt_pages("A shop"));
    let token = approved(&functions, "pay_1").await;
    wire.requests();
    for (key, token, status, reads) in [
        ("pay_1", &*token, 200, 1),
        ("pay_1", "AAAAAAAAAAAAAAAAAAAAAA", 404, 1),
        ("pay_1", "", 404, 1),
        ("unknown", &*token, 404, 1),
        ("a/b", &*token, 404, 0),
    ] {
        assert_eq!(open(&functions, key, token).await.status, status, "{key} {token}");
        assert_eq!(wire.requests(), vec!["GetItem"; reads], "{key} {token}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_receipts_are_off_no_receipt_opens() {
    let table = empty_table().await;
    let token = approved(&functions_over(&table, receipt_pages("A shop")), "pay_1").await;
    let wire = Wire::to(&table.endpoint).await;
    let functions = LambdaFunctions::new(dependencies(&table.by_way_of(&wire.endpoint), fixed_clock()));
    let answer = open(&functions, "pay_1", &token).await;
    assert_eq!((answer.status, answer.is_page()), (404, true), "{answer}");
    assert_eq!(wire.requests(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_names_the_payment_and_never_the_token() {
    capture_log();
    let table = empty_table().await;
    let functions = functions_over(&table, receipt_pages("A shop"));
    let key = unique("logged");
    let token = approved(&functions, &key).await;
    let wrong = "Zx8-wrong_token-AAAAAA";
    for (key, token, outcome, field) in [
        (&*key, &*token, "READ", Some(&key)),
        (&key, wrong, "NOT_FOUND", Some(&key)),
        ("a/b", &token, "NOT_FOUND", None),
    ] {
        let id = unique("request");
        let event = receipt_event(key, &json!({ "t": token })).to_string();
        functions.named("receipt").invoke_as(&id, &event).await.expect("an answer");
        let log = log();
        let lines: Vec<_> = log.lines().filter(|line| line.contains(&id)).collect();
        let [line] = lines[..] else { panic!("one line: {lines:?}") };
        let about = field.map_or(String::new(), |key| format!(" paymentKey=\"{key}\""));
        let expected = format!("operation=\"receipt\"{about} outcome=\"{outcome}\"");
        assert!(line.trim_start().starts_with("INFO") && line.contains(&expected), "{line}");
    }
    let log = log();
    assert!(!log.contains(&token) && !log.contains(wrong), "a token reaches the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_of_a_receipt_is_that_of_its_reader() {
    let table = empty_table().await;
    let functions = functions_over(&table, receipt_pages("A shop"));
    let token = approved(&functions, "pay_1").await;
    for (header, language, title) in [
        (Value::Null, "en", "Receipt"),
        (json!("ko-KR,ko;q=0.9,en;q=0.8"), "ko", "결제 영수증"),
        (json!("fr"), "en", "Receipt"),
    ] {
        let mut event = receipt_event("pay_1", &json!({ "t": token }));
        event["headers"]["accept-language"] = header;
        let answer = functions.named("receipt").invoke(&event).await;
        assert_eq!(answer.header("content-language"), Some(language), "{answer}");
        assert!(answer.body.contains(&format!("<h1>{title}</h1>")), "{answer}");
    }
}
