//! A process of the local server, and the requests of its tests.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atdd-payments"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(Stdio::null());
    for name in [
        "PAYMENTS_SECRET_KEY",
        "PAYMENTS_SECRET_KEY_SHA256",
        "TABLE_NAME",
        "RECEIPT_BASE_URL",
        "RECEIPT_PAGES",
        "RECEIPT_MERCHANT_NAME",
        "PAYMENTS_LANGUAGE",
        "RUST_LOG",
    ] {
        command.env_remove(name);
    }
    command
}

pub(crate) struct ServerProcess {
    child: Child,
    pub(crate) printed: Vec<String>,
}

impl ServerProcess {
    /// Starts a server and reads what it prints until it is ready.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the binary starts");
        let mut printed = Vec::new();
        for line in BufReader::new(child.stdout.take().expect("piped")).lines() {
            printed.push(line.expect("text"));
            if printed.last().is_some_and(|line| line.contains("Ctrl-C")) {
                return Self { child, printed };
            }
        }
        panic!("it ended before it was ready: {printed:?}, {:?}", child.wait_with_output());
    }

    pub(crate) fn on_free_ports(more: &[&str]) -> Self {
        Self::start(command(&[&["--port", "0", "--dynamodb-port", "0"], more].concat()))
    }

    pub(crate) fn value(&self, name: &str) -> &str {
        let line = self.printed.iter().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("{name} should be printed: {:?}", self.printed)).trim()
    }

    pub(crate) fn port(&self) -> u16 {
        port_of(self.value("payments:"))
    }

    /// Sends a POST with the default key and returns status and body.
    pub(crate) fn post(&self, path: &str, body: &str) -> (u16, String) {
        taken_apart(&self.try_post(path, body).expect("it answers"))
    }

    /// As [`ServerProcess::post`], for a server that may be killed at the same time. Returns a whole answer with its head, or nothing.
    pub(crate) fn try_post(&self, path: &str, body: &str) -> Option<String> {
        let key = "Authorization: Basic dGVzdF9za19kdW1teTo=";
        let length = body.len();
        let answer = self.exchange(&format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\n{key}\r\nContent-Type: application/json\r\n\
             Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        ));
        // The body comes last, and each is an object.
        answer.ok().filter(|answer| answer.ends_with('}'))
    }

    /// Sends a GET with the default key and returns status and body.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let key = "Authorization: Basic dGVzdF9za19kdW1teTo=";
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{key}\r\nConnection: close\r\n\r\n");
        taken_apart(&self.exchange(&request).expect("it answers"))
    }

    /// Sends a request without a key and a body, and returns status and body.
    pub(crate) fn ask(&self, method: &str, path: &str) -> (u16, String) {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        taken_apart(&self.exchange(&request).expect("it answers"))
    }

    fn exchange(&self, request: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port()))?;
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// Sends bytes as they are, ends the sending side, and returns what comes back.
    pub(crate) fn raw(&self, request: &str) -> String {
        self.raw_to(self.port(), request)
    }

    /// As [`ServerProcess::raw`], to either port.
    pub(crate) fn raw_to(&self, port: u16, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        stream.write_all(request.as_bytes()).expect("it reads");
        stream.shutdown(std::net::Shutdown::Write).expect("it is open");
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer));
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// What a scan of the embedded DynamoDB's table returns.
    pub(crate) fn items(&self) -> String {
        self.dynamodb("Scan", r#"{"TableName":"payments","ConsistentRead":true}"#)
    }

    /// What the embedded DynamoDB answers to a call.
    pub(crate) fn dynamodb(&self, call: &str, body: &str) -> String {
        let answer = self.raw_to(
            self.dynamodb_port(),
            &format!(
                "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Amz-Target: DynamoDB_20120810.{call}\r\n\
                 Content-Type: application/x-amz-json-1.0\r\nX-Amz-Date: 20260101T000000Z\r\nAuthorization: \
                 AWS4-HMAC-SHA256 Credential=local/20260101/ap-northeast-2/dynamodb/aws4_request, SignedHeaders=host, \
                 Signature=0\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ),
        );
        taken_apart(&answer).1
    }

    /// The port of the embedded DynamoDB.
    pub(crate) fn dynamodb_port(&self) -> u16 {
        port_of(self.value("dynamodb:"))
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill").success());
    }

    /// Waits for the end, and returns the exit code and what was written to standard error.
    pub(crate) fn ended(mut self) -> (Option<i32>, String) {
        let deadline = Instant::now() + Duration::from_secs(15);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().expect("a status") {
                let mut errors = String::new();
                self.child.stderr.take().expect("piped").read_to_string(&mut errors).expect("text");
                return (status.code(), errors);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it should have ended");
    }
}

fn port_of(url: &str) -> u16 {
    url.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_else(|| panic!("a port in {url}"))
}

/// A connection that a client keeps open for several requests.
pub(crate) struct KeptOpen(BufReader<TcpStream>);

impl KeptOpen {
    pub(crate) fn to(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        Self(BufReader::new(stream))
    }

    pub(crate) fn send(&mut self, bytes: &str) {
        self.0.get_mut().write_all(bytes.as_bytes()).expect("the server takes it all");
    }

    /// Reads one answer: head and body.
    pub(crate) fn answer(&mut self) -> (String, String) {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(self.0.read_line(&mut head).expect("an answer"), 0, "the connection ended after: {head:?}");
        }
        let length = head.to_ascii_lowercase();
        let length = length.lines().find_map(|line| line.strip_prefix("content-length:"));
        let mut body = vec![0; length.map_or(0, |length| length.trim().parse().expect("a number"))];
        self.0.read_exact(&mut body).expect("a whole body");
        (head, String::from_utf8(body).expect("text"))
    }

    /// Whether the server has closed the connection, and did not reset it.
    pub(crate) fn is_closed(&mut self) -> bool {
        matches!(self.0.read(&mut [0; 1]), Ok(0))
    }
}

/// Status and body of an answer.
pub(crate) fn taken_apart(answer: &str) -> (u16, String) {
    let status = answer.get(9..12).and_then(|status| status.parse().ok()).expect("a status");
    (status, answer.split_once("\r\n\r\n").expect("a body").1.to_owned())
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A file that only one test uses, and that is deleted at the end.
pub(crate) struct DataFile(pub(crate) PathBuf);

impl DataFile {
    pub(crate) fn new(name: &str) -> Self {
        let folder = env::temp_dir().join(format!("atdd-payments-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        Self(folder.join("payments.db"))
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().expect("UTF-8")
    }
}

impl Drop for DataFile {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(self.0.parent().expect("a folder")));
    }
}

/// The error of a failed start, which is one line.
pub(crate) fn start_failure(command: &mut Command) -> String {
    let output = command.output().expect("the binary starts");
    assert!(!output.status.success(), "the exit code must say so");
    let errors = String::from_utf8(output.stderr).expect("text");
    assert_eq!(errors.trim_end().lines().count(), 1, "one clear line: {errors}");
    errors
}

pub(crate) const TERMS: &str = r#"{"paymentKey":"pay_1","orderId":"order_1","amount":10000}"#;
pub(crate) const REASON: &str = r#"{"cancelReason":"USER_REQUEST","cancelAmount":10000}"#;
