//! The journal of requests.

use crate::server::{KeptOpen, REASON, ServerProcess, TERMS};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

impl ServerProcess {
    /// The requests in the journal.
    pub(crate) fn requests(&self, query: &str) -> Vec<Value> {
        let (status, body) = self.ask("GET", &format!("/__local/requests{query}"));
        assert_eq!(status, 200, "{body}");
        let journal: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(journal["forgotten"], 0);
        journal["requests"].as_array().expect("requests").clone()
    }

    /// The last request in the journal, after its end.
    fn last_request(&self) -> Value {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let last = self.requests("").pop().expect("a request");
            if !last["durationMs"].is_null() {
                return last;
            }
            assert!(Instant::now() < deadline, "it should have ended: {last}");
        }
    }
}

/// A request of the journal without its id and its times, which differ from run to run.
fn story(request: &Value) -> Value {
    let mut story = request.clone();
    for varies in ["id", "at", "durationMs"] {
        assert!(!story[varies].is_null(), "{varies} is missing: {request}");
        story.as_object_mut().expect("an object").remove(varies);
    }
    story
}

fn expected(operation: &str, amount: impl Into<Value>, status: u16, outcome: &str) -> Value {
    json!({
        "operation": operation, "paymentKey": "pay_1", "orderId": "order_1", "amount": amount.into(), "status": status,
        "outcome": outcome, "fault": null, "answered": true
    })
}

#[test]
fn the_journal_has_each_request_of_an_operation_and_what_became_of_it() {
    let server = ServerProcess::on_free_ports(&[]);
    server.post("/v1/payments", TERMS);
    server.post("/v1/payments/confirm", TERMS);
    server.post("/v1/payments/confirm", TERMS);
    server.post("/v1/payments/pay_1/cancel", REASON);
    server.get("/v1/payments/pay_1");
    server.get("/v1/payments/orders/order_1");
    server.post("/v1/payments/confirm", TERMS);
    server.ask("GET", "/v1/payments/pay_1");
    for not_an_operation in ["/v1/payments/", "/docs", "/openapi.yaml", "/__local/health", "/receipts/pay_1"] {
        server.ask("GET", not_an_operation);
    }
    server.last_request();
    let mut list = expected("list", Value::Null, 200, "READ");
    list["paymentKey"] = Value::Null;
    let stories: Vec<_> = server.requests("").iter().map(story).collect();
    assert_eq!(
        stories,
        [
            expected("create", 10000, 200, "FIRST"),
            expected("confirm", 10000, 200, "FIRST"),
            expected("confirm", 10000, 200, "REPLAY"),
            expected("cancel", 10000, 200, "FIRST"),
            expected("retrieve", Value::Null, 200, "READ"),
            list,
            expected("confirm", 10000, 422, "ALREADY_CANCELED"),
            expected("retrieve", Value::Null, 401, "UNAUTHORIZED"),
        ]
    );
}

#[test]
fn a_request_has_the_id_of_its_answer_and_a_time_with_milliseconds() {
    let server = ServerProcess::on_free_ports(&[]);
    let answer = server.raw("GET /v1/payments/pay_1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let request = server.last_request();
    assert!(answer.contains(&format!("x-request-id: {}\r\n", request["id"].as_str().expect("an id"))), "{answer}");
    let at = request["at"].as_str().expect("a time");
    assert!(at.len() == "2026-11-27T09:00:00.000Z".len() && at.ends_with('Z') && at.contains('.'), "{at}");
}

#[test]
fn the_journal_says_which_fault_met_a_request_and_whether_it_was_carried_out() {
    let server = ServerProcess::on_free_ports(&[]);
    server.post("/v1/payments", TERMS);
    for (fault, status, outcome, answered) in [
        (r#"{"fault":"lose-request"}"#, Value::Null, Value::Null, false),
        (r#"{"fault":"answer","status":429}"#, json!(429), Value::Null, true),
        (r#"{"fault":"answer","code":"SERVICE_UNAVAILABLE"}"#, json!(503), json!("SERVICE_UNAVAILABLE"), true),
        (r#"{"fault":"lose-answer"}"#, json!(200), json!("FIRST"), false),
        (r#"{"fault":"cut-answer"}"#, json!(200), json!("REPLAY"), false),
        (r#"{"fault":"answer-after","status":503}"#, json!(503), json!("REPLAY"), true),
        (r#"{"fault":"delay","delayMs":20}"#, json!(200), json!("REPLAY"), true),
        (r#"{"fault":"delay-answer","delayMs":20}"#, json!(200), json!("REPLAY"), true),
    ] {
        assert_eq!(server.post("/__local/faults", fault).0, 201);
        server.try_post("/v1/payments/confirm", TERMS);
        let request = server.last_request();
        let name = serde_json::from_str::<Value>(fault).expect("JSON")["fault"].clone();
        assert_eq!(
            [&request["fault"], &request["status"], &request["outcome"], &request["answered"]],
            [&name, &status, &outcome, &json!(answered)],
            "{fault}"
        );
        let took = request["durationMs"].as_u64().expect("a duration");
        assert!(!fault.contains("delay") || took >= 20, "{request}");
    }
}

#[test]
fn a_client_that_hangs_up_is_not_answered_and_the_time_is_that_of_its_leaving() {
    let server = ServerProcess::on_free_ports(&[]);
    assert_eq!(server.post("/__local/faults", r#"{"fault":"delay-answer","delayMs":1500}"#).0, 201);
    let mut connection = KeptOpen::to(server.port());
    connection.send("GET /v1/payments/pay_1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let deadline = Instant::now() + Duration::from_secs(10);
    while server.requests("").first().is_none_or(|request| request["status"].is_null()) {
        assert!(Instant::now() < deadline, "it should have been carried out");
    }
    let waiting = server.requests("").remove(0);
    assert_eq!((&waiting["answered"], &waiting["durationMs"]), (&json!(false), &Value::Null), "it is not answered yet");
    drop(connection);
    let request = server.last_request();
    assert_eq!(request["answered"], false);
    assert!(request["durationMs"].as_u64().expect("a duration") < 1500, "{request}");
}

#[test]
fn a_client_that_has_read_its_answer_finds_its_end_in_the_journal() {
    let server = ServerProcess::on_free_ports(&[]);
    // A client that stops sending may be gone, so it takes a moment until the end of its answer is known.
    let answer = server.raw("GET /v1/payments/pay_1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert!(answer.contains("401"), "{answer}");
    let request = server.requests("").remove(0);
    assert_eq!((&request["answered"], request["durationMs"].is_u64()), (&json!(true), true), "{request}");
}

#[test]
fn requests_are_found_by_payment_order_and_operation_and_a_typing_error_finds_nothing() {
    let server = ServerProcess::on_free_ports(&[]);
    server.post("/v1/payments", TERMS);
    server.post("/v1/payments", &TERMS.replace("pay_1", "pay_2"));
    server.post("/v1/payments/confirm", &TERMS.replace("order_1", "order_2"));
    for (query, found) in [
        ("", 3),
        ("?paymentKey=pay_1", 2),
        ("?orderId=order_1", 2),
        ("?operation=confirm", 1),
        ("?paymentKey=pay_1&orderId=order_1&operation=create", 1),
        ("?paymentKey=pay_3", 0),
    ] {
        assert_eq!(server.requests(query).len(), found, "{query}");
    }
    for (query, names) in [
        ("?paymentkey=pay_1", "paymentkey has no meaning"),
        ("?paymentKey=", "paymentKey must be"),
        ("?operation=confirmed", "operation must be one of"),
        ("?orderId=a&orderId=b", "orderId must appear only once"),
    ] {
        let (status, body) = server.ask("GET", &format!("/__local/requests{query}"));
        assert!(status == 400 && body.contains("INVALID_REQUEST") && body.contains(names), "{query}: {body}");
    }
}

#[test]
fn a_reset_forgets_the_requests() {
    let server = ServerProcess::on_free_ports(&[]);
    server.post("/v1/payments", TERMS);
    assert_eq!(server.requests("").len(), 1);
    assert_eq!(server.ask("POST", "/__local/reset").0, 200);
    assert_eq!(server.requests(""), Vec::<Value>::new());
}

#[test]
fn the_journal_has_no_key_no_header_and_no_body() {
    let server = ServerProcess::on_free_ports(&[]);
    server.post("/v1/payments", TERMS);
    server.post("/v1/payments/pay_1/cancel", REASON);
    let (_, journal) = server.ask("GET", "/__local/requests");
    for secret in ["test_sk_dummy", "dGVzdF9za19kdW1teTo", "USER_REQUEST", "application/json"] {
        assert!(!journal.contains(secret), "{secret}: {journal}");
    }
}
