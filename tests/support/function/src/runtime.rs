//! A stand-in for Lambda's Runtime API, so that a function's binary runs as it does in Lambda.

use crate::Answer;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::{get, post};
use payments_test_table::unique;
use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

/// A function's binary, with the events of its test.
#[derive(Debug)]
pub struct FunctionProcess {
    child: Mutex<Child>,
    events: mpsc::UnboundedSender<Invocation>,
    output: Option<JoinHandle<Vec<String>>>,
}

/// The output of a function, line by line.
pub type Lines = Vec<String>;

#[derive(Debug)]
struct Invocation {
    id: String,
    event: String,
    answer: oneshot::Sender<Value>,
}

#[derive(Clone)]
struct Api {
    events: Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<Invocation>>>,
    waiting: Arc<Mutex<HashMap<String, oneshot::Sender<Value>>>>,
}

impl FunctionProcess {
    /// Starts a binary with these variables and those that Lambda sets, and no others.
    pub async fn start(binary: &str, variables: &[(&str, &str)]) -> Self {
        let mut function = Self::spawn(binary, variables).await;
        let read = |lines: Box<dyn BufRead + Send>| move || lines.lines().map_while(Result::ok).collect::<Vec<_>>();
        let child = function.child.get_mut().expect("not poisoned");
        let (stdout, stderr) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
        let stdout = std::thread::spawn(read(Box::new(BufReader::new(stdout))));
        let stderr = std::thread::spawn(read(Box::new(BufReader::new(stderr))));
        function.output = Some(std::thread::spawn(move || {
            let mut lines = stdout.join().expect("read to the end");
            lines.extend(stderr.join().expect("read to the end"));
            lines
        }));
        function
    }

    /// As [`FunctionProcess::start`], but the pipes for its output are closed: each write to them fails.
    pub async fn start_without_listeners(binary: &str, variables: &[(&str, &str)]) -> Self {
        let mut function = Self::spawn(binary, variables).await;
        let child = function.child.get_mut().expect("not poisoned");
        drop((child.stdout.take(), child.stderr.take()));
        function
    }

    async fn spawn(binary: &str, variables: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address").to_string();
        let (events, queue) = mpsc::unbounded_channel();
        let api = Api { events: Arc::new(tokio::sync::Mutex::new(queue)), waiting: Arc::default() };
        let app = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(answered))
            .with_state(api);
        tokio::spawn(async move { axum::serve(listener, app).await });

        // DynamoDB Local keeps the tables of each account apart.
        let account = payments_dynamodb::placeholder();
        let child = Command::new(binary)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "under-test")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
            .env("AWS_REGION", payments_dynamodb::REGION.as_ref())
            .env("AWS_ACCESS_KEY_ID", account.access_key_id())
            .env("AWS_SECRET_ACCESS_KEY", account.secret_access_key())
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the function starts");
        Self { child: Mutex::new(child), events, output: None }
    }

    /// Invokes the function. Its answer has the id of the invocation.
    pub async fn invoke(&self, event: Value) -> Answer {
        let id = unique("request");
        let returned = self.returned(&id, &event.to_string()).await;
        let answer = Answer::of_function(&returned).unwrap_or_else(|| panic!("an answer: {returned}"));
        assert_eq!(answer.header("x-request-id"), Some(id.as_str()), "{answer}");
        answer
    }

    /// What the function returns for an event that is sent as it is: an answer, or the error with which the invocation fails.
    pub async fn invoke_raw(&self, event: &str) -> Value {
        self.returned(&unique("request"), event).await
    }

    async fn returned(&self, id: &str, event: &str) -> Value {
        let (answer, answered) = oneshot::channel();
        let invocation = Invocation { id: id.to_owned(), event: event.to_owned(), answer };
        self.events.send(invocation).expect("the stand-in serves");
        tokio::select! {
            biased;
            answer = timeout(Duration::from_secs(30), answered) => answer.expect("an answer in time").expect("an answer"),
            status = self.ended() => panic!("the function has ended, with {status}"),
        }
    }

    /// Sends the process a signal: `-STOP`.
    pub fn signal(&self, name: &str) {
        let id = self.child.lock().expect("not poisoned").id();
        let sent = Command::new("kill").args([name, &id.to_string()]).status();
        assert!(sent.expect("kill").success());
    }

    /// Ends the function with SIGKILL, and returns its output.
    pub fn end(mut self) -> Lines {
        let child = self.child.get_mut().expect("not poisoned");
        child.kill().expect("it runs");
        child.wait().expect("it ends");
        self.output.take().expect("once").join().expect("read to the end")
    }

    /// Waits for a function that cannot start, and returns its output.
    pub async fn failed_to_start(mut self) -> Lines {
        let status = timeout(Duration::from_secs(30), self.ended()).await.expect("the function must not start");
        assert!(!status.success(), "the exit code must say so");
        self.output.take().expect("once").join().expect("read to the end")
    }

    /// Waits for the end of the process.
    async fn ended(&self) -> ExitStatus {
        loop {
            if let Some(status) = self.child.lock().expect("not poisoned").try_wait().expect("a status") {
                return status;
            }
            sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for FunctionProcess {
    fn drop(&mut self) {
        let child = self.child.get_mut().expect("not poisoned");
        drop(child.kill());
        drop(child.wait());
    }
}

async fn next(State(api): State<Api>) -> impl IntoResponse {
    let Some(Invocation { id, event, answer }) = api.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    api.waiting.lock().expect("not poisoned").insert(id.clone(), answer);
    let headers = AppendHeaders([
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", "9999999999999".to_owned()),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:ap-northeast-2:123456789012:function:x".to_owned()),
    ]);
    (headers, event).into_response()
}

async fn answered(State(api): State<Api>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    if let Some(answer) = api.waiting.lock().expect("not poisoned").remove(&id) {
        drop(answer.send(serde_json::from_slice(&body).expect("JSON")));
    }
    StatusCode::ACCEPTED
}
