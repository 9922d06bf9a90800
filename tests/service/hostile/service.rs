//! The service under attack: the local server and the functions with one table, and all their output.

use crate::request::{Case, Expected, RawRequest, Way};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE};
use payments_http::Dependencies;
use payments_process::Metrics;
use payments_test_function::{
    LambdaFunction, LambdaFunctions, authorization, capture_log, dependencies_with, log, log_length, log_since,
    moving_clock, sha256,
};
use payments_test_table::{Table, Wire, empty_table, unique};
use payments_tests::{LocalServer, serve_for};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Duration, timeout};

/// The valid secret key. In base64 it has `+`, `/`, one `=` and two unused bits, so that every rule about base64 can be broken
/// with it.
pub(crate) const KEY: &str = "canary_sk_5f~~~???x";
/// Marker in invalid input; no error may quote it. It is neither a valid key nor a valid order number.
pub(crate) const MARK: &str = "hostile!4b7e";

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
}

/// The answer to a request.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// The requests to the store for it.
    pub(crate) writes: Vec<String>,
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
            ..dependencies_with(KEY, watched.store(), moving_clock())
        };
        let server = serve_for(KEY, &watched, moving_clock()).await;
        let service = Self {
            address: server.base_url.trim_start_matches("http://").to_owned(),
            functions: LambdaFunctions::new(dependencies),
            wire,
            table,
            _server: server,
            said,
            errors: Mutex::default(),
            secrets: Mutex::default(),
        };
        service.wire.requests();
        service.protect([KEY.to_owned(), KEY[..12].to_owned(), STANDARD_NO_PAD.encode(KEY), sha256(KEY)]);
        service.protect([authorization(KEY).replace("Basic ", ""), URL_SAFE.encode(format!("{KEY}:"))]);
        service
    }

    fn function(&self, operation: &str) -> &LambdaFunction {
        self.functions.named(operation)
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
        Received {
            status,
            headers: lines.filter_map(header).collect(),
            body: body.to_owned(),
            writes: self.wire.requests(),
        }
    }

    /// Invokes a function with an event of a gateway. Its log line must be there, once.
    pub(crate) async fn invoke(&self, operation: &str, event: &Value) -> Received {
        let id = unique("request");
        let before = log_length();
        let answer = self.function(operation).invoke_as(&id, &event.to_string()).await;
        self.note(&answer.to_string());
        let status = answer["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
        let headers = answer["headers"].as_object().into_iter().flatten();
        let headers = headers.map(|(name, value)| (name.clone(), value.as_str().expect("text").to_owned()));
        let received = Received {
            status: status.unwrap_or_else(|| panic!("{event} must be answered: {answer}")),
            headers: headers.collect(),
            body: answer["body"].as_str().expect("a body").to_owned(),
            writes: self.wire.requests(),
        };
        let log = log_since(before);
        let lines: Vec<_> = log.lines().filter(|line| line.contains(&id)).collect();
        assert_eq!(lines.len(), 1, "each request has one log line: {lines:?}");
        let outcome = match (received.status, received.is_replay()) {
            (200, false) => "FIRST".to_owned(),
            (200, true) => "REPLAY".to_owned(),
            _ => received.code(),
        };
        assert!(lines[0].contains(&format!("outcome=\"{outcome}\"")), "the log has the outcome: {}", lines[0]);
        received
    }

    /// Invokes a function with any text. If the invocation fails, returns its error.
    pub(crate) async fn invoke_raw(&self, operation: &str, event: &str) -> Value {
        let answer = self.function(operation).invoke_as(&unique("request"), event).await;
        // For text that is not JSON, a function reports the parser's own error to Lambda. A client never sees it.
        let to = if answer["statusCode"].is_u64() { &self.said } else { &self.errors };
        to.lock().expect("not poisoned").push_str(&answer.to_string());
        answer
    }

    /// The requests to the store since the last call.
    pub(crate) fn writes(&self) -> Vec<String> {
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
            if let Err(why) = received.is_as(case.expected, again, &case.request) {
                wrong.push(format!("{} {} ({way:?}): {why}: {received:?}", case.number, case.what));
            }
        }
        wrong
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
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn is_replay(&self) -> bool {
        self.header("idempotent-replayed") == Some("true")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("a body is JSON ({error}): {self:?}"))
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Whether the request got the expected answer, `again` as a replay, and made only the writes that it may make.
    fn is_as(&self, expected: Expected, again: bool, request: &RawRequest) -> Result<(), String> {
        let write = if request.operation == "create" { "PutItem" } else { "UpdateItem" };
        let (status, code, message, writes) = match expected {
            Expected::Done => (200, "", "", 1),
            Expected::Unknown => (404, "NOT_FOUND", "There is no payment with this paymentKey.", 1),
            Expected::Refused(status, code, message) => (status, code, message, 0),
            Expected::NotHttp(status) => (status, "", "", 0),
        };
        if self.status != status {
            return Err(format!("the status must be {status}"));
        }
        if self.writes != vec![write; writes] {
            return Err(format!("it must make {writes} requests to the store"));
        }
        if matches!(expected, Expected::NotHttp(_)) {
            return if self.body.is_empty() { Ok(()) } else { Err("nothing but a status was expected".to_owned()) };
        }
        let common = [("content-type", "application/json"), ("cache-control", "no-store")];
        for (name, value) in common {
            if self.header(name) != Some(value) {
                return Err(format!("every answer has {name}: {value}"));
            }
        }
        if self.header("x-request-id").is_none_or(|id| id.len() < 8) {
            return Err("every answer has a request id".to_owned());
        }
        if self.is_replay() != again {
            return Err(format!("it must be a replay: {again}"));
        }
        let own = match status {
            401 => Some(("www-authenticate", r#"Basic realm="payments", charset="UTF-8""#)),
            405 => Some(("allow", "POST")),
            _ => None,
        };
        if let Some((name, value)) = own
            && self.header(name) != Some(value)
        {
            return Err(format!("a {status} has {name}: {value}"));
        }
        if status != 200 && request.method != "HEAD" {
            let body = self.json();
            let fields: Vec<_> = body.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
            if fields != ["code", "message"] {
                return Err("an error has a code and a message".to_owned());
            }
            let text = body["message"].as_str().unwrap_or_default();
            let as_promised = if message.ends_with('.') { text == message } else { text.starts_with(message) };
            if self.code() != code || !as_promised {
                return Err(format!("the code must be {code}: {message:?}"));
            }
        }
        Ok(())
    }
}
