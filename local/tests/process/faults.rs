//! Faults, as a test of an integrator arms them.

use crate::server::{ServerProcess, TERMS, command, taken_apart};
use std::thread;
use std::time::{Duration, Instant};

impl ServerProcess {
    /// Arms a fault, and returns the answer.
    pub(crate) fn arm(&self, fault: &str) -> (u16, String) {
        self.post("/__local/faults", fault)
    }

    /// What comes back for a POST, headers included. Empty if the connection is closed without an answer.
    fn sent(&self, path: &str, body: &str, language: &str) -> String {
        self.sent_with("POST", path, body, language)
    }

    fn sent_with(&self, method: &str, path: &str, body: &str, language: &str) -> String {
        self.raw(&format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic dGVzdF9za19kdW1teTo=\r\nAccept-Language: {language}\r\n\
             Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    }

    fn status_of_the_payment(&self) -> String {
        let payment = self.get("/v1/payments/pay_1").1;
        ["INITIATED", "APPROVED", "NOT_FOUND"]
            .into_iter()
            .find(|status| payment.contains(status))
            .unwrap_or("?")
            .to_owned()
    }
}

const CONFIRM: &str = "/v1/payments/confirm";

/// A server with a payment.
fn with_a_payment() -> ServerProcess {
    let server = ServerProcess::on_free_ports(&[]);
    assert_eq!(server.post("/v1/payments", TERMS).0, 200);
    server
}

#[test]
fn each_fault_does_to_the_request_what_it_says() {
    for (fault, answer, carried_out) in [
        (r#"{"fault":"lose-request"}"#, "", false),
        (r#"{"fault":"lose-answer"}"#, "", true),
        (r#"{"fault":"cut-answer"}"#, "HTTP/1.1 200 OK", true),
        (r#"{"fault":"delay","delayMs":300}"#, "HTTP/1.1 200 OK", true),
        (r#"{"fault":"delay-answer","delayMs":300}"#, "HTTP/1.1 200 OK", true),
        (r#"{"fault":"answer","code":"SERVICE_UNAVAILABLE"}"#, "HTTP/1.1 503 Service Unavailable", false),
        (r#"{"fault":"answer","code":"INTERNAL_ERROR"}"#, "HTTP/1.1 500 Internal Server Error", false),
        (r#"{"fault":"answer","status":429}"#, "HTTP/1.1 429 Too Many Requests", false),
        (r#"{"fault":"answer","status":502}"#, "HTTP/1.1 502 Bad Gateway", false),
        (r#"{"fault":"answer-after","code":"SERVICE_UNAVAILABLE"}"#, "HTTP/1.1 503 Service Unavailable", true),
        (r#"{"fault":"answer-after","code":"INTERNAL_ERROR"}"#, "HTTP/1.1 500 Internal Server Error", true),
        (r#"{"fault":"answer-after","status":504}"#, "HTTP/1.1 504 Gateway Timeout", true),
    ] {
        let server = with_a_payment();
        assert_eq!(server.arm(fault).0, 201, "{fault}");
        // A read is a matching request, too, so the fault has met its only request before it.
        let start = Instant::now();
        let got = server.sent(CONFIRM, TERMS, "en");
        assert_eq!(start.elapsed() >= Duration::from_millis(300), fault.contains("delay"), "{fault}");
        assert_eq!(got.lines().next().unwrap_or_default(), answer, "{fault}: {got}");
        let expected = if carried_out { "APPROVED" } else { "INITIATED" };
        assert_eq!(server.status_of_the_payment(), expected, "{fault}");
    }
}

#[test]
fn half_of_an_answer_has_the_length_of_the_whole_one() {
    let server = with_a_payment();
    let whole = taken_apart(&server.sent("/v1/payments", TERMS, "en")).1;
    assert_eq!(server.arm(r#"{"fault":"cut-answer","operation":"create"}"#).0, 201);
    let cut = server.sent("/v1/payments", TERMS, "en");
    assert!(cut.contains(&format!("content-length: {}\r\n", whole.len())), "{cut}");
    assert_eq!(taken_apart(&cut).1, whole[..whole.len() / 2]);
}

/// An answer without what differs from request to request.
fn without_id_and_date(answer: &str) -> String {
    let stays = |line: &&str| !line.starts_with("x-request-id: ") && !line.starts_with("date: ");
    answer.split("\r\n").filter(stays).collect::<Vec<_>>().join("\r\n")
}

#[test]
fn an_answer_of_a_fault_is_that_of_a_function_to_the_byte() {
    let with_dynamodb = ServerProcess::on_free_ports(&[]);
    let server =
        ServerProcess::start(command(&["--port", "0", "--dynamodb-endpoint", with_dynamodb.value("dynamodb:")]));
    let requests =
        [("POST", CONFIRM, TERMS), ("GET", "/v1/payments/pay_1", ""), ("GET", "/v1/payments/orders/order_1", "")];
    let in_both = requests.into_iter().flat_map(|request| ["en", "ko"].map(|language| (request, language)));
    let sent = |((method, path, body), language)| server.sent_with(method, path, body, language);
    let of_the_faults: Vec<_> = in_both
        .clone()
        .map(|request| {
            assert_eq!(server.arm(r#"{"fault":"answer","code":"SERVICE_UNAVAILABLE"}"#).0, 201);
            sent(request)
        })
        .collect();
    with_dynamodb.signal("-INT");
    assert_eq!(with_dynamodb.ended().0, Some(0));
    for (request, of_the_fault) in in_both.zip(of_the_faults) {
        let of_the_function = sent(request);
        assert!(of_the_fault.starts_with("HTTP/1.1 503"), "{of_the_fault}");
        assert_eq!(without_id_and_date(&of_the_fault), without_id_and_date(&of_the_function), "{request:?}");
    }
}

#[test]
fn the_gateways_answers_have_its_body_and_no_code() {
    let server = with_a_payment();
    for (status, message) in [
        (429, "Too Many Requests"),
        (500, "Internal Server Error"),
        (502, "Bad Gateway"),
        (503, "Service Unavailable"),
        (504, "Gateway Timeout"),
    ] {
        assert_eq!(server.arm(&format!(r#"{{"fault":"answer","status":{status}}}"#)).0, 201);
        let answer = taken_apart(&server.sent(CONFIRM, TERMS, "ko"));
        assert_eq!(answer, (status, format!(r#"{{"message":"{message}"}}"#)));
    }
}

#[test]
fn a_fault_meets_exactly_as_many_of_many_requests_at_once_as_it_says() {
    let server = with_a_payment();
    assert_eq!(server.arm(r#"{"fault":"lose-answer","operation":"confirm","times":3}"#).0, 201);
    let lost = thread::scope(|scope| {
        let clients: Vec<_> = (0..100).map(|_| scope.spawn(|| server.sent(CONFIRM, TERMS, "en").is_empty())).collect();
        clients.into_iter().map(|client| client.join().expect("a client")).filter(|lost| *lost).count()
    });
    assert_eq!(lost, 3);
    assert!(server.ask("GET", "/__local/faults").1.contains(r#""fired":3,"id":"1","left":0"#));
}

#[test]
fn a_thousand_requests_that_wait_do_not_slow_the_others() {
    let server = with_a_payment();
    let delay = r#"{"fault":"delay","delayMs":120000,"operation":"list","times":1000}"#;
    assert_eq!(server.arm(delay).0, 201);
    let waiting: Vec<_> = (0..1000)
        .map(|n| {
            let mut connection = crate::server::KeptOpen::to(server.port());
            connection.send(&format!("GET /v1/payments/orders/order_{n} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            connection
        })
        .collect();
    let all_wait = || server.ask("GET", "/__local/faults").1.contains(r#""fired":1000"#);
    let deadline = Instant::now() + Duration::from_secs(20);
    while !all_wait() {
        assert!(Instant::now() < deadline, "a thousand requests should have met the fault");
    }
    let start = Instant::now();
    for _ in 0..20 {
        assert_eq!(server.post(CONFIRM, TERMS).0, 200);
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    drop(waiting);
}

#[test]
fn a_fault_is_listed_with_its_counts_until_the_reset() {
    let server = with_a_payment();
    let (status, armed) = server.arm(
        r#"{"fault":"delay-answer","delayMs":5,"operation":"confirm","paymentKey":"pay_1","orderId":"order_1","skip":1,"times":2}"#,
    );
    let json = |fired, left| {
        format!(
            r#"{{"delayMs":5,"fault":"delay-answer","fired":{fired},"id":"1","left":{left},"operation":"confirm","orderId":"order_1","paymentKey":"pay_1","skip":1,"times":2}}"#
        )
    };
    assert_eq!((status, armed), (201, json(0, 2)));
    for _ in 0..2 {
        assert_eq!(server.post(CONFIRM, TERMS).0, 200);
    }
    let list = |faults: String| (200, format!(r#"{{"faults":[{faults}]}}"#));
    assert_eq!(server.ask("GET", "/__local/faults"), list(json(1, 1)));
    assert_eq!(server.ask("DELETE", "/__local/faults/1"), (200, json(1, 0)));
    for unknown in ["2", "x", "-1"] {
        let (status, body) = server.ask("DELETE", &format!("/__local/faults/{unknown}"));
        assert!(status == 404 && body.contains(r#""code":"NOT_FOUND""#), "{body}");
    }
    assert_eq!(server.ask("DELETE", "/__local/faults"), list(json(1, 0)));
    assert_eq!(server.post(CONFIRM, TERMS).0, 200);
    assert_eq!(server.ask("GET", "/__local/faults"), list(json(1, 0)), "it meets nothing any more");
    assert_eq!(server.ask("POST", "/__local/reset").0, 200);
    assert_eq!(server.ask("GET", "/__local/faults"), list(String::new()));
}

#[test]
fn a_typing_error_arms_nothing_and_the_answer_names_the_field() {
    let server = with_a_payment();
    for (body, names) in [
        ("", "one JSON object"),
        ("[]", "one JSON object"),
        ("{}", "fault is required"),
        (r#"{"fault":"loose-answer"}"#, "fault must be one of these: lose-request, lose-answer"),
        (r#"{"fault":1}"#, "fault must be one of"),
        (r#"{"fault":"lose-answer","operaton":"confirm"}"#, "operaton has no meaning here"),
        (r#"{"fault":"lose-answer","operation":"receipt"}"#, "operation must be one of these: create, confirm"),
        (r#"{"fault":"lose-answer","paymentKey":null}"#, "paymentKey must be"),
        (r#"{"fault":"lose-answer","paymentKey":"a b"}"#, "paymentKey must be"),
        (r#"{"fault":"lose-answer","orderId":1}"#, "orderId must be"),
        (r#"{"fault":"lose-answer","skip":-1}"#, "skip must be an integer from 0 to 1000000"),
        (r#"{"fault":"lose-answer","times":0}"#, "times must be an integer from 1 to 1000000"),
        (r#"{"fault":"lose-answer","times":1000001}"#, "times must be"),
        (r#"{"fault":"lose-answer","times":"3"}"#, "times must be"),
        (r#"{"fault":"lose-answer","times":1.5}"#, "times must be"),
        (r#"{"fault":"lose-answer","delayMs":5}"#, "delayMs has no meaning here"),
        (r#"{"fault":"delay"}"#, "delayMs is required"),
        (r#"{"fault":"delay","delayMs":0}"#, "delayMs must be an integer from 1 to 120000"),
        (r#"{"fault":"delay-answer","delayMs":120001}"#, "delayMs must be"),
        (r#"{"fault":"answer"}"#, "one of code and status"),
        (r#"{"fault":"answer","code":"SERVICE_UNAVAILABLE","status":503}"#, "one of code and status"),
        (r#"{"fault":"answer","code":"NOT_FOUND"}"#, "code must be one of these: SERVICE_UNAVAILABLE, INTERNAL_ERROR"),
        (r#"{"fault":"answer","status":200}"#, "status must be one of these: 429, 500, 502, 503, 504"),
        (r#"{"fault":"answer-after","status":429}"#, "status must be one of these: 500, 502, 503, 504"),
    ] {
        let (status, answer) = server.arm(body);
        assert!(status == 400 && answer.contains("INVALID_REQUEST") && answer.contains(names), "{body}: {answer}");
    }
    assert_eq!(server.ask("GET", "/__local/faults").1, r#"{"faults":[]}"#);
}

#[test]
fn faults_work_with_an_existing_dynamodb() {
    let with_dynamodb = ServerProcess::on_free_ports(&[]);
    let server =
        ServerProcess::start(command(&["--port", "0", "--dynamodb-endpoint", with_dynamodb.value("dynamodb:")]));
    assert_eq!(server.arm(r#"{"fault":"lose-answer","operation":"create"}"#).0, 201);
    assert_eq!(server.sent("/v1/payments", TERMS, "en"), "");
    assert_eq!(server.status_of_the_payment(), "INITIATED");
}
