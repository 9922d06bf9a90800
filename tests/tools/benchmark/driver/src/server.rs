//! The local server: the store of the functions, and a service over HTTP.

use crate::events::{AMOUNT, cancel_body, cancel_path, spread, terms};
use crate::program::Program;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use tokio::net::TcpStream;

/// A local server with an embedded DynamoDB in memory. It ends when this is dropped.
pub(crate) struct MeasuredServer {
    child: Child,
    /// Where it serves: an address and a port.
    pub(crate) service: String,
    /// Where its DynamoDB is.
    pub(crate) dynamodb: String,
}

/// A connection that stays open.
pub(crate) struct Connection {
    address: String,
    sender: SendRequest<Full<Bytes>>,
}

impl MeasuredServer {
    /// Starts one on free ports.
    pub(crate) fn start(target: &Path) -> Self {
        let mut command = Program::LocalServer.command(target, "");
        // It has a DynamoDB and a key of its own.
        command.env_clear().args(["--port", "0", "--dynamodb-port", "0", "--receipts"]).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the local server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let mut line = |name: &str| {
            let line = lines.find(|line| line.starts_with(name)).expect("the local server prints where it serves");
            line.trim_start_matches(name).trim_start_matches(": ").trim().trim_start_matches("http://").to_owned()
        };
        let (service, dynamodb) = (line("payments"), line("dynamodb"));
        thread::spawn(move || lines.for_each(drop));
        Self { child, service, dynamodb }
    }

    /// Its DynamoDB as a URL.
    pub(crate) fn dynamodb_url(&self) -> String {
        format!("http://{}", self.dynamodb)
    }

    /// A connection to the service.
    pub(crate) async fn connect(&self) -> Connection {
        Connection::to(&self.service).await
    }

    /// Writes payments directly into the table, each as create writes it, under a key that is spread over the table.
    pub(crate) async fn fill(&self, payments: u64) {
        let mut dynamodb = Connection::to(&self.dynamodb).await;
        let numbers: Vec<u64> = (0..payments).collect();
        for batch in numbers.chunks(25) {
            let puts: Vec<Value> = batch
                .iter()
                .map(|number| {
                    json!({ "PutRequest": { "Item": {
                        "paymentKey": { "S": format!("filled_{:016x}", spread(*number)) },
                        "schemaVersion": { "N": "1" },
                        "status": { "S": "INITIATED" },
                        "orderId": { "S": "order_sample" },
                        "amount": { "N": AMOUNT.to_string() },
                        "createdAt": { "S": "2026-01-01T00:00:00Z" },
                        "createdBy": { "S": "8b6fbba5-8c3c-4d2c-9e0d-0d5a1d1f0a11" },
                    } } })
                })
                .collect();
            let body = json!({ "RequestItems": { "payments": puts } }).to_string();
            let headers = [
                ("content-type", "application/x-amz-json-1.0"),
                ("x-amz-target", "DynamoDB_20120810.BatchWriteItem"),
                ("x-amz-date", "20260101T000000Z"),
                ("authorization", SIGNATURE),
            ];
            let (status, answer) = dynamodb.post("/", &headers, body).await;
            let answer = String::from_utf8_lossy(&answer);
            assert_eq!((status, &*answer), (200, r#"{"UnprocessedItems":{}}"#), "the table takes payments");
        }
    }
}

/// The embedded DynamoDB reads a signature, and accepts any value.
const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=benchmark/20260101/ap-northeast-2/dynamodb/aws4_request, \
                         SignedHeaders=host;x-amz-date, Signature=00";

impl Connection {
    async fn to(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.expect("the local server listens");
        stream.set_nodelay(true).expect("a TCP option");
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("HTTP/1.1");
        tokio::spawn(connection);
        Self { address: address.to_owned(), sender }
    }

    /// Creates a payment.
    pub(crate) async fn create(&mut self, key: &str) {
        self.command("/v1/payments", terms(key)).await;
    }

    /// Confirms a payment. Returns the token of its receipt.
    pub(crate) async fn confirm(&mut self, key: &str) -> String {
        let approved = self.command("/v1/payments/confirm", terms(key)).await;
        let receipt = approved["receipt"]["url"].as_str().and_then(|url| url.split_once("?t="));
        receipt.expect("the local server shows receipts").1.to_owned()
    }

    /// Cancels a payment.
    pub(crate) async fn cancel(&mut self, key: &str) {
        self.command(&cancel_path(key), cancel_body()).await;
    }

    async fn command(&mut self, path: &str, body: String) -> Value {
        let headers = [("content-type", "application/json"), ("authorization", "Basic dGVzdF9za19kdW1teTo=")];
        let (status, answer) = self.post(path, &headers, body).await;
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&answer));
        serde_json::from_slice(&answer).expect("an answer is JSON")
    }

    async fn post(&mut self, path: &str, headers: &[(&str, &str)], body: String) -> (u16, Bytes) {
        let mut request = Request::post(path).header("host", &self.address);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.sender.ready().await.expect("the connection stays open");
        let answer =
            self.sender.send_request(request.body(Full::from(body)).expect("a request")).await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.into_body().collect().await.expect("a body").to_bytes())
    }
}

impl Drop for MeasuredServer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
