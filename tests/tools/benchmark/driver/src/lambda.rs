//! Lambda's side of a function: a stand-in for the Runtime API on 127.0.0.1 that measures the times.

use crate::program::Program;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::fs;
use std::path::Path;
use std::process::Child;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// A function that runs as in Lambda. It ends when this is dropped.
pub(crate) struct Sandbox {
    child: Child,
    program: Program,
    events: mpsc::UnboundedSender<String>,
    arrivals: mpsc::UnboundedReceiver<Arrival>,
    api: Arc<Api>,
}

/// What a function sends to the Runtime API.
#[derive(Debug)]
enum Arrival {
    /// It requests an event.
    Next(Instant),
    /// It answers one.
    Answer(Instant, Bytes),
}

struct Api {
    events: tokio::sync::Mutex<mpsc::UnboundedReceiver<String>>,
    arrivals: mpsc::UnboundedSender<Arrival>,
    sent: Mutex<Option<Instant>>,
    requests: AtomicU64,
}

impl Sandbox {
    /// Starts a function. Returns the time from the start of the process to its first request for an event.
    pub(crate) async fn start(program: Program, target: &Path, dynamodb: &str) -> (Self, Duration) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address").to_string();
        let (events, queue) = mpsc::unbounded_channel();
        let (sender, arrivals) = mpsc::unbounded_channel();
        let api = Arc::new(Api {
            events: tokio::sync::Mutex::new(queue),
            arrivals: sender,
            sent: Mutex::new(None),
            requests: AtomicU64::new(0),
        });
        let serving = Arc::clone(&api);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).expect("a TCP option");
                let api = Arc::clone(&serving);
                let service = service_fn(move |request| Arc::clone(&api).answer(request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });

        let mut command = program.command(target, dynamodb);
        command.env("AWS_LAMBDA_RUNTIME_API", address);
        let started = Instant::now();
        let child = command.spawn().unwrap_or_else(|error| panic!("{} must start: {error}", program.name()));
        let mut sandbox = Self { child, program, events, arrivals, api };
        match sandbox.arrival().await {
            Arrival::Next(at) => (sandbox, at - started),
            Arrival::Answer(..) => panic!("{} answered before it asked", program.name()),
        }
    }

    /// Sends an event. Returns the time until the answer, which must be a 200.
    pub(crate) async fn invoke(&mut self, event: String) -> Duration {
        self.events.send(event).expect("the stand-in serves");
        loop {
            if let Arrival::Answer(at, answer) = self.arrival().await {
                let expected = br#"{"statusCode":200"#;
                let text = String::from_utf8_lossy(&answer);
                assert!(answer.starts_with(expected), "{} must answer 200: {text}", self.program.name());
                let sent = self.api.sent.lock().expect("not poisoned").take();
                return at - sent.expect("an event was sent");
            }
        }
    }

    /// Sends an event without waiting for its answer.
    pub(crate) fn send(&self, event: String) {
        self.events.send(event).expect("the stand-in serves");
    }

    /// A figure of the process in bytes: `VmRSS`, what it keeps in memory, or `VmHWM`, the most that it has kept.
    pub(crate) fn memory(&self, figure: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("Linux");
        let line = status.lines().find_map(|line| line.strip_prefix(figure)).expect("a figure of the process");
        let kibibytes: u64 = line.trim_matches(|c: char| !c.is_ascii_digit()).parse().expect("a number");
        kibibytes * 1_024
    }

    async fn arrival(&mut self) -> Arrival {
        let arrival = timeout(Duration::from_secs(30), self.arrivals.recv()).await;
        arrival.ok().flatten().unwrap_or_else(|| panic!("{} must ask or answer", self.program.name()))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Api {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        if request.method() == Method::GET {
            // After the function has ended, no one reads this.
            drop(self.arrivals.send(Arrival::Next(Instant::now())));
            let event = self.events.lock().await.recv().await.unwrap_or_default();
            let id = format!("8b6fbba5-8c3c-4d2c-9e0d-{:012x}", self.requests.fetch_add(1, Ordering::Relaxed));
            let response = Response::builder()
                .header("lambda-runtime-aws-request-id", id)
                .header("lambda-runtime-deadline-ms", "9999999999999")
                .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:ap-northeast-2:123456789012:function:x")
                .header("content-type", "application/json")
                .body(Full::from(event));
            *self.sent.lock().expect("not poisoned") = Some(Instant::now());
            return Ok(response.expect("a response"));
        }
        let answer = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        drop(self.arrivals.send(Arrival::Answer(Instant::now(), answer)));
        Ok(Response::builder().status(StatusCode::ACCEPTED).body(Full::default()).expect("a response"))
    }
}
