//! The service under attack: the local server and the functions with one table, and all their output.

use crate::request::{Case, Expected, Way};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE};
use payments_http::{Dependencies, error_response};
use payments_process::Metrics;
use payments_test_function::{
    Answer, LambdaFunctions, authorization, call_of, capture_log, dependencies_with, log, log_length, log_since,
    moving_clock, receipt_pages, sha256,
};
use payments_test_table::{Table, Wire, empty_table, unique};
use payments_tests::{LocalServer, serve_with_receipts};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Duration, timeout};

/// The valid secret key. In base64 it has `+`, `/`, one `=` and two unused bits, so that every rule about base64 can be broken
/// with it.
pub(crate) const KEY: &str = "canary_sk_5f~~~???x";
/// Marker in invalid input; no error may quote it. It is neither a valid key nor a valid order number.
pub(crate) const MARK: &str = "hostile!4b7e";

/// The name of the shop on receipts.
const MERCHANT: &str = "A shop";

/// What no answer may contain: names of the code, its libraries and its infrastructure.
const INTERNALS: [&str; 9] = ["panicked", ".rs", "serde", "dynamo", "DynamoDB", "arn:", "hyper", " line ", " column "];

/// The service, and its output.
pub(crate) struct AttackedService {
    address: String,
    functions: LambdaFunctions,
    /// What counts the writes.
    wire: Wire,
    pub(crate) table: Table,
    _server: LocalServer,
    /// Answers and lines of metrics.
    said: Arc<Mutex<String>>,
    /// The errors of invocations that have no answer.
    errors: Mutex<String>,
    secrets: Mutex<BTreeSet<String>>,
    /// The page of a receipt that does not exist, as it was first seen.
    no_receipt: OnceLock<String>,
}

/// The answer to a request.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) answer: Answer,
    /// The requests to the store for it.
    pub(crate) calls: Vec<String>,
}

impl AttackedService {
    pub(crate) async fn start() -> Self {
        capture_log();
        let table = empty_table().await;
        let wire = Wire::to(&table.endpoint).await;
        let watched = table.by_way_of(&wire.endpoint);
        let said = Arc::<Mutex<String>>::default();
        let metrics = Arc::clone(&said);
        let dependencies = Dependencies {
            metrics: Metrics::new("hostile".to_owned(), move |line| {
                metrics.lock().expect("not poisoned").push_str(line)
            }),
            receipts: receipt_pages(MERCHANT),
            ..dependencies_with(KEY, watched.store(), moving_clock())
        };
        let server = serve_with_receipts(MERCHANT, KEY, &watched, moving_clock()).await;
        let service = Self {
            address: server.base_url.trim_start_matches("http://").to_owned(),
            functions: LambdaFunctions::new(dependencies),
            wire,
            table,
            _server: server,
            said,
            errors: Mutex::default(),
            secrets: Mutex::default(),
            no_receipt: OnceLock::new(),
        };
        service.wire.requests();
        service.protect([KEY.to_owned(), KEY[..12].to_owned(), STANDARD_NO_PAD.encode(KEY), sha256(KEY)]);
        service.protect([authorization(KEY).replace("Basic ", ""), URL_SAFE.encode(format!("{KEY}:"))]);
        service
    }

    /// Adds text that no output may contain.
    pub(crate) fn protect(&self, secrets: impl IntoIterator<Item = String>) {
        self.secrets.lock().expect("not poisoned").extend(secrets);
    }

    fn note(&self, text: &str) {
        self.said.lock().expect("not poisoned").push_str(text);
    }

    /// Sends bytes over a connection of their own, and reads the answer.
    pub(crate) async fn send(&self, bytes: &[u8]) -> Received {
        let stream = TcpStream::connect(&self.address).await.expect("the server listens");
        let (mut answers, mut requests) = stream.into_split();
        // The server may answer, and close, before it has read everything. A request that is cut off still gets an end.
        let write = async {
            drop(requests.write_all(bytes).await);
            drop(requests.shutdown().await);
        };
        let read = async {
            let mut answer = Vec::new();
            while answers.read_buf(&mut answer).await.is_ok_and(|read| read > 0) {}
            answer
        };
        let both = timeout(Duration::from_secs(20), futures_util::future::join(write, read)).await;
        let start = || String::from_utf8_lossy(&bytes[..bytes.len().min(300)]).into_owned();
        let ((), answer) = both.unwrap_or_else(|_| panic!("the connection does not end after {:?}", start()));
        let answer = String::from_utf8(answer).expect("an answer is text");
        self.note(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer:?} to {:?}", start()));
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status");
        let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        let answer = Answer { status, headers: lines.filter_map(header).collect(), body: body.to_owned() };
        Received { answer, calls: self.wire.requests() }
    }

    /// Invokes a function with an event of a gateway. Its log line must be there, once.
    pub(crate) async fn invoke(&self, operation: &str, event: &Value) -> Received {
        let id = unique("request");
        let before = log_length();
        let answer = self.functions.named(operation).invoke_as(&id, &event.to_string()).await;
        let answer = answer.unwrap_or_else(|error| panic!("{event} must be answered: {error}"));
        self.note(&answer.to_string());
        let received = Received { answer, calls: self.wire.requests() };
        let log = log_since(before);
        let lines: Vec<_> = log.lines().filter(|line| line.contains(&id)).collect();
        assert_eq!(lines.len(), 1, "each request has one log line: {lines:?}");
        let outcome = received.answer.outcome_of(operation);
        assert!(lines[0].contains(&format!("outcome=\"{outcome}\"")), "the log has the outcome: {}", lines[0]);
        if operation == "receipt" {
            let is_well_formed = !received.calls.is_empty();
            assert_eq!(lines[0].contains("paymentKey="), is_well_formed, "a key is logged if it is one: {}", lines[0]);
        }
        received
    }

    /// Invokes a function with any text. If the invocation fails, returns its error.
    pub(crate) async fn invoke_raw(&self, operation: &str, event: &str) -> Result<Answer, String> {
        let answer = self.functions.named(operation).invoke_as(&unique("request"), event).await;
        match &answer {
            Ok(answer) => self.note(&answer.to_string()),
            // For text that is not JSON, a function reports the parser's own error to Lambda. A client never sees it.
            Err(error) => self.errors.lock().expect("not poisoned").push_str(error),
        }
        answer
    }

    /// The requests to the store since the last call.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.wire.requests()
    }

    /// Sends a request as a case, and says what is wrong with the answer.
    pub(crate) async fn try_case(&self, case: &Case, way: Way) -> Vec<String> {
        self.protect(case.secrets());
        let mut received = Vec::new();
        match way {
            Way::Http => received.push(self.send(&case.request.http()).await),
            Way::Event => {
                for event in case.request.events() {
                    received.push(self.invoke(case.request.operation, &event).await);
                }
            }
        }
        let mut wrong = Vec::new();
        for (place, received) in received.iter().enumerate() {
            // The second event is the same request, with its body encoded in another way.
            let again = place > 0 && case.expected == Expected::Done;
            // The front of the local server answers these itself, in JSON.
            let by_the_front =
                way == Way::Http && matches!(case.expected, Expected::NoRoute | Expected::AnotherMethod(_));
            let checked = if case.request.operation == "receipt" && !by_the_front {
                self.is_page(received, case)
            } else {
                received.is_as(case, again)
            };
            if let Err(why) = checked {
                wrong.push(format!("{} {} ({way:?}): {why}: {received:?}", case.number, case.what));
            }
        }
        wrong
    }

    /// Whether the request of a case got the expected page: the same for every receipt that does not exist.
    pub(crate) fn is_page(&self, received: &Received, case: &Case) -> Result<(), String> {
        let answer = &received.answer;
        let calls = usize::from(case.expected == Expected::NoReceipt);
        if received.calls != vec!["GetItem"; calls] {
            return Err(format!("there must be {calls} reads"));
        }
        if let Expected::NotHttp(status) = case.expected {
            return received.is_only(status);
        }
        if !answer.is_page() || answer.header("cache-control") != Some("no-store") {
            return Err("a page was expected, which no cache keeps".to_owned());
        }
        let status = match case.expected {
            Expected::TooLarge => 413,
            Expected::AnotherMethod(_) => 405,
            _ => 404,
        };
        if answer.status != status {
            return Err(format!("the status must be {status}"));
        }
        if status == 404 && self.no_receipt.get_or_init(|| answer.body.clone()) != &answer.body {
            return Err("it must be the same page for every receipt that does not exist".to_owned());
        }
        Ok(())
    }

    /// No output contains a secret, and each entry of the log is one line.
    pub(crate) fn kept_its_secrets(&self) {
        let log = log();
        let said = self.said.lock().expect("not poisoned").clone();
        let errors = self.errors.lock().expect("not poisoned").clone();
        for secret in self.secrets.lock().expect("not poisoned").iter() {
            let answers = "an answer or a line of metrics";
            for (where_to, text) in [("the log", &log), (answers, &said), ("an error of an invocation", &errors)] {
                let at = text.find(secret.as_str());
                let around =
                    at.map(|at| text[..at].chars().rev().take(200).collect::<Vec<_>>().into_iter().rev().collect());
                assert_eq!(around, None::<String>, "{secret} must not appear, but it does in {where_to} after this");
            }
        }
        for internal in INTERNALS {
            assert!(!said.contains(internal), "an answer contains {internal}");
        }
        for line in log.lines() {
            let level = line.trim_start().split(' ').next().unwrap_or_default();
            assert!(["TRACE", "DEBUG", "INFO", "WARN", "ERROR"].contains(&level), "no value splits a line: {line:?}");
            assert!(!line.contains(char::is_control), "no value reaches a terminal: {line:?}");
        }
    }
}

impl Received {
    /// Whether it is this status without a body.
    fn is_only(&self, status: u16) -> Result<(), String> {
        let as_expected = self.answer.status == status && self.answer.body.is_empty();
        if as_expected { Ok(()) } else { Err(format!("nothing but the status {status} was expected")) }
    }

    /// Whether the request of a case got the expected answer, `again` as a replay, and made only the writes that it may make.
    fn is_as(&self, case: &Case, again: bool) -> Result<(), String> {
        let (expected, request) = (case.expected, &case.request);
        let calls = usize::from(matches!(expected, Expected::Done | Expected::Listed | Expected::Unknown));
        let found = expected == Expected::Listed && self.answer.body != r#"{"payments":[]}"#;
        let expected_calls =
            [vec![call_of(request.operation); calls], vec!["BatchGetItem"; usize::from(found)]].concat();
        if self.calls != expected_calls {
            return Err(format!("its calls to the store must be {expected_calls:?}"));
        }
        if let Expected::NotHttp(status) = expected {
            return self.is_only(status);
        }
        for (name, value) in [("content-type", "application/json"), ("cache-control", "no-store")] {
            if self.answer.header(name) != Some(value) {
                return Err(format!("every answer has {name}: {value}"));
            }
        }
        if self.answer.header("x-request-id").is_none_or(|id| id.len() < 8) {
            return Err("every answer has a request id".to_owned());
        }
        let Some(error) = expected.error() else {
            let as_expected = match expected {
                Expected::Listed => self.answer.is_first() && self.answer.body.starts_with(r#"{"payments":["#),
                _ if again => self.answer.is_replay(),
                _ => self.answer.is_first(),
            };
            return if as_expected { Ok(()) } else { Err(format!("a 200 was expected, as a replay: {again}")) };
        };
        let wanted = error_response(&error, "the id of the request", case.language);
        if self.answer.status != wanted.status().as_u16() {
            return Err(format!("the status must be {}", wanted.status()));
        }
        for (name, value) in wanted.headers() {
            if name != "x-request-id" && self.answer.header(name.as_str()).is_none_or(|answered| answered != value) {
                return Err(format!("the header {name} must be {value:?}"));
            }
        }
        let is_as_wanted = match expected {
            _ if request.method == "HEAD" => true,
            Expected::Field(field) => {
                let body = format!(r#"{{"code":"INVALID_REQUEST","message":"{} "#, field.name());
                self.answer.body.starts_with(&body)
                    && self.answer.json().as_object().is_some_and(|body| body.len() == 2)
            }
            _ => self.answer.body == *wanted.body(),
        };
        if self.answer.is_replay() {
            return Err("an error is not a replay".to_owned());
        }
        if is_as_wanted { Ok(()) } else { Err(format!("the body must be {}", wanted.body())) }
    }
}
