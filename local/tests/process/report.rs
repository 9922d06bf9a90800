//! The report on the client, as the last step of a CI job asks for it.

use crate::server::{ServerProcess, TERMS, command, taken_apart};
use serde_json::{Value, json};

const CHECKS: [&str; 8] = [
    "repeats-unknown-outcomes",
    "repeats-the-same-request",
    "keeps-the-payment-key",
    "approves-an-order-once",
    "uses-a-key-for-one-payment",
    "does-not-repeat-refusals",
    "waits-before-repeating",
    "waits-for-the-answer",
];

impl ServerProcess {
    fn report(&self, query: &str) -> (u16, Value) {
        let (status, body) = self.ask("GET", &format!("/__local/report{query}"));
        (status, serde_json::from_str(&body).expect("JSON"))
    }

    /// Confirms a payment, whose answer is lost. Returns the id of the request.
    fn lose_the_answer_to_a_confirm(&self) -> Value {
        assert_eq!(self.post("/v1/payments", TERMS).0, 200);
        assert_eq!(self.post("/__local/faults", r#"{"fault":"lose-answer","operation":"confirm"}"#).0, 201);
        assert_eq!(self.try_post("/v1/payments/confirm", TERMS), None);
        self.requests("")[1]["id"].clone()
    }
}

/// The names of the checks with a verdict.
fn with_verdict<'a>(report: &'a Value, verdict: &str) -> Vec<&'a str> {
    let checks = report["checks"].as_array().expect("checks").iter();
    checks.filter(|check| check["verdict"] == verdict).map(|check| check["check"].as_str().expect("a name")).collect()
}

#[test]
fn a_report_without_requests_passes_unless_all_checks_must_be_tried() {
    let server = ServerProcess::on_free_ports(&[]);
    let (status, report) = server.report("");
    assert_eq!((status, &report["verdict"]), (200, &json!("PASSED")));
    assert_eq!(with_verdict(&report, "NOT_TRIED"), CHECKS);
    let (status, report) = server.report("?require=tried");
    assert_eq!((status, &report["verdict"]), (409, &json!("FAILED")));
    assert_eq!(with_verdict(&report, "NOT_TRIED"), CHECKS);
}

#[test]
fn a_check_that_failed_names_the_payment_and_its_requests() {
    let server = ServerProcess::on_free_ports(&[]);
    let id = server.lose_the_answer_to_a_confirm();
    let (status, report) = server.report("");
    assert_eq!((status, &report["verdict"]), (409, &json!("FAILED")));
    assert_eq!(with_verdict(&report, "FAILED"), ["repeats-unknown-outcomes"]);
    let failed = &report["checks"][0];
    assert_eq!(failed["tried"], 1);
    assert_eq!(failed["evidence"], json!([{ "paymentKey": "pay_1", "orderId": "order_1", "requests": [id] }]));

    assert_eq!(server.post("/v1/payments/confirm", TERMS).0, 200);
    let (status, report) = server.report("");
    assert_eq!((status, &report["verdict"]), (200, &json!("PASSED")));
    let passed =
        ["repeats-unknown-outcomes", "repeats-the-same-request", "keeps-the-payment-key", "approves-an-order-once"];
    assert_eq!(with_verdict(&report, "PASSED"), passed);
    assert_eq!(report["checks"][0]["evidence"], json!([]));

    assert_eq!(server.ask("POST", "/__local/reset").0, 200);
    assert_eq!(with_verdict(&server.report("").1, "NOT_TRIED"), CHECKS);
}

#[test]
fn a_retrieve_that_shows_the_change_ends_an_unknown_outcome() {
    let server = ServerProcess::on_free_ports(&[]);
    server.lose_the_answer_to_a_confirm();
    assert_eq!(server.report("").0, 409);
    assert!(server.get("/v1/payments/pay_1").1.contains("APPROVED"));
    assert_eq!(server.report("").0, 200);
}

#[test]
fn each_verdict_is_explained_in_one_sentence_in_the_language_of_the_client() {
    let server = ServerProcess::on_free_ports(&[]);
    server.lose_the_answer_to_a_confirm();
    let in_language = |language: &str| {
        let answer = server.raw(&format!(
            "GET /__local/report HTTP/1.1\r\nHost: localhost\r\nAccept-Language: {language}\r\nConnection: close\r\n\r\n"
        ));
        assert!(answer.contains(&format!("content-language: {language}\r\n")), "{answer}");
        let report: Value = serde_json::from_str(&taken_apart(&answer).1).expect("JSON");
        let checks = report["checks"].as_array().expect("checks").iter();
        checks.map(|check| check["explanation"].as_str().expect("text").to_owned()).collect::<Vec<_>>()
    };
    let (english, korean) = (in_language("en"), in_language("ko"));
    assert!(english[0].ends_with("send the same request again until there is an answer."), "{}", english[0]);
    assert!(korean[0].ends_with("응답을 받을 때까지 같은 요청을 다시 보내야 합니다."), "{}", korean[0]);
    assert!(english[7].contains("arm delay-answer"), "{}", english[7]);
    for (english, korean) in english.iter().zip(&korean) {
        assert_eq!((english.matches(". ").count(), english.ends_with('.')), (0, true), "{english}");
        assert_eq!((korean.matches(". ").count(), korean.ends_with("니다.")), (0, true), "{korean}");
    }
}

#[test]
fn a_typing_error_in_the_query_does_not_pass() {
    let server = ServerProcess::on_free_ports(&[]);
    for (query, names) in [
        ("?require=tryed", "require must be one of these: tried"),
        ("?require", "require must be"),
        ("?required=tried", "required has no meaning here"),
        ("?require=tried&require=tried", "require must appear only once"),
    ] {
        let (status, answer) = server.report(query);
        assert_eq!((status, &answer["code"]), (400, &json!("INVALID_REQUEST")), "{query}");
        assert!(answer["message"].as_str().is_some_and(|message| message.contains(names)), "{query}: {answer}");
    }
}

#[test]
fn a_server_with_an_existing_dynamodb_has_a_report() {
    let with_dynamodb = ServerProcess::on_free_ports(&[]);
    let server =
        ServerProcess::start(command(&["--port", "0", "--dynamodb-endpoint", with_dynamodb.value("dynamodb:")]));
    server.lose_the_answer_to_a_confirm();
    assert_eq!(server.report("").0, 409);
}
