//! A wire between the SDK and DynamoDB that records requests, and fails where a test says so.

use payments_dynamodb::PROBE;
use serde_json::Value;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::sleep;

/// Part of the message of every injected error, because DynamoDB's own messages name accounts and roles. No answer to a client may
/// contain it.
pub const INTERNAL: &str = "arn:aws:iam::123456789012:role/internal";

/// The wire. It passes requests on and records them.
#[derive(Debug, Clone)]
pub struct Wire {
    /// Its endpoint for the SDK.
    pub endpoint: String,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
    /// Decides on the fate of each call about payments. Without it, all calls pass.
    held: Option<mpsc::UnboundedSender<Held>>,
    /// What ends the connections that are open when it changes.
    cut: watch::Sender<Fault>,
    /// What ends the listener.
    closed: Arc<Notify>,
}

/// A call about payments, a write or a read, that the wire holds until its test decides on its fate.
#[derive(Debug)]
pub struct Held {
    /// Its operation: `PutItem`.
    pub operation: String,
    /// The payment that it is about, the order of a query, or the first of several payments.
    pub key: String,
    /// The SDK's id of the call that it is an attempt of.
    pub call: String,
    /// Which attempt it is. The first is 1.
    pub attempt: u32,
    late: Late,
    fate: oneshot::Sender<Fate>,
    carried_out: oneshot::Receiver<Option<u16>>,
}

/// A call that DynamoDB carries out when no one waits for it any more.
#[derive(Debug, Clone)]
pub struct Late {
    request: Arc<Vec<u8>>,
    upstream: String,
}

/// The fate of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// DynamoDB carries it out, and the SDK gets the answer.
    Pass,
    /// DynamoDB carries it out, and the SDK gets the answer after this time.
    Delay(Duration),
    /// DynamoDB carries it out, and the SDK gets the answer byte by byte, with this time before each.
    Trickle(Duration),
    /// DynamoDB carries it out, and the SDK gets this.
    Lose(Fault),
    /// DynamoDB does not carry it out, and the SDK gets this.
    Refuse(Fault),
}

/// What the SDK gets instead of DynamoDB's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// An error of DynamoDB: its status and its code.
    Error(u16, &'static str),
    /// A failed condition, with this text after the message: `,"Item":{...}`.
    ConditionFailed(&'static str),
    /// These bytes.
    Bytes(&'static [u8]),
    /// The end of the connection.
    Close,
    /// A reset of the connection.
    Reset,
    /// The first bytes of an answer, and then the end of the connection.
    Truncate,
    /// Nothing, although the connection stays open.
    Hang,
}

impl Fate {
    /// Whether DynamoDB carries the call out.
    pub const fn carries_out(self) -> bool {
        !matches!(self, Self::Refuse(_))
    }
}

impl Wire {
    /// A wire to the DynamoDB at `endpoint`.
    pub async fn to(endpoint: &str) -> Self {
        Self::start(endpoint, None).await
    }

    /// A wire that holds every call about payments, and the calls that it holds. Other requests pass.
    pub async fn holding(endpoint: &str) -> (Self, mpsc::UnboundedReceiver<Held>) {
        let (held, calls) = mpsc::unbounded_channel();
        (Self::start(endpoint, Some(held)).await, calls)
    }

    async fn start(endpoint: &str, held: Option<mpsc::UnboundedSender<Held>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let upstream = endpoint.trim_start_matches("http://").to_owned();
        let wire = Self {
            endpoint: format!("http://{}", listener.local_addr().expect("its address")),
            connections: Arc::default(),
            requests: Arc::default(),
            held,
            cut: watch::Sender::new(Fault::Close),
            closed: Arc::default(),
        };
        let shared = wire.clone();
        tokio::spawn(async move {
            loop {
                let (downstream, _) = tokio::select! {
                    Ok(accepted) = listener.accept() => accepted,
                    () = shared.closed.notified() => return,
                };
                let (wire, upstream, cut) = (shared.clone(), upstream.clone(), shared.cut.subscribe());
                wire.connections.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(async move { wire.serve(downstream, &upstream, cut).await });
            }
        });
        wire
    }

    /// Ends the connections that are open now, in this way. New ones are served.
    pub fn cut(&self, fault: Fault) {
        self.cut.send_replace(fault);
    }

    /// Refuses new connections from now on. Those that are open are served.
    pub async fn refuse_connections(&self) {
        self.closed.notify_one();
        while TcpStream::connect(self.endpoint.trim_start_matches("http://")).await.is_ok() {}
    }

    /// The requests since the last call, in order: the name of the operation, or the request line of a request without one. A read
    /// that may return an old state is named so.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.requests.lock().expect("not poisoned"))
    }

    /// How many connections the SDK has opened so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Serves one connection of the SDK, over one connection to DynamoDB.
    async fn serve(&self, mut downstream: TcpStream, address: &str, mut cut: watch::Receiver<Fault>) {
        let mut upstream = None;
        loop {
            let request = tokio::select! {
                // A cut has priority over a request that was sent after it, even if both have arrived by now.
                biased;
                Ok(()) = cut.changed() => {
                    let fault = *cut.borrow();
                    return fault.happen(downstream).await;
                }
                request = message(&mut downstream) => request,
            };
            let Some(request) = request else { return };
            let text = String::from_utf8_lossy(&request);
            let operation = text.split("DynamoDB_20120810.").nth(1).unwrap_or(&text).lines().next();
            let operation = operation.unwrap_or_default();
            let is_stale =
                ["GetItem", "BatchGetItem"].contains(&operation) && !text.contains(r#""ConsistentRead":true"#);
            let operation = if is_stale { format!("{operation}, not consistent") } else { operation.to_owned() };
            let (fate, carried_out) = self.fate(&operation, &request, address).await;
            self.requests.lock().expect("not poisoned").push(operation);
            let answer = if fate.carries_out() { answer(&mut upstream, address, &request).await } else { Vec::new() };
            if let Some(carried_out) = carried_out {
                // The test that released the call need not wait for this.
                let _ = carried_out.send((!answer.is_empty()).then(|| status(&answer)));
            }
            let (pause, packet) = match fate {
                Fate::Pass => (Duration::ZERO, answer.len()),
                Fate::Delay(time) => (time, answer.len()),
                Fate::Trickle(time) => (time, 1),
                Fate::Lose(fault) | Fate::Refuse(fault) => return fault.happen(downstream).await,
            };
            downstream.set_nodelay(true).expect("a socket");
            for bytes in answer.chunks(packet) {
                if !pause.is_zero() {
                    sleep(pause).await;
                }
                if downstream.write_all(bytes).await.is_err() {
                    return;
                }
            }
        }
    }

    /// The fate of a request, and who waits for the status of DynamoDB's answer.
    async fn fate(
        &self,
        operation: &str,
        request: &[u8],
        upstream: &str,
    ) -> (Fate, Option<oneshot::Sender<Option<u16>>>) {
        let Some(held) = &self.held else { return (Fate::Pass, None) };
        let text = String::from_utf8_lossy(request);
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let key = match operation {
            "PutItem" => body.pointer("/Item/paymentKey/S"),
            "UpdateItem" | "GetItem" => body.pointer("/Key/paymentKey/S"),
            "Query" => body.pointer("/ExpressionAttributeValues/:orderId/S"),
            "BatchGetItem" => {
                let tables = body["RequestItems"].as_object();
                tables.and_then(|tables| tables.values().next()?.pointer("/Keys/0/paymentKey/S"))
            }
            _ => return (Fate::Pass, None),
        };
        let key = key.and_then(Value::as_str).expect("a key");
        if key == PROBE {
            // A local server checks its DynamoDB when it starts. This is not about a payment.
            return (Fate::Pass, None);
        }
        let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).expect(name).trim();
        let attempt = header("amz-sdk-request:").trim_start_matches("attempt=").split(';').next();
        let (fate, decided) = oneshot::channel();
        let (carried_out, outcome) = oneshot::channel();
        let call = Held {
            operation: operation.to_owned(),
            key: key.to_owned(),
            call: header("amz-sdk-invocation-id:").to_owned(),
            attempt: attempt.and_then(|attempt| attempt.parse().ok()).expect("a number"),
            late: Late { request: Arc::new(request.to_vec()), upstream: upstream.to_owned() },
            fate,
            carried_out: outcome,
        };
        drop(held.send(call));
        // A test that has ended decides nothing: the service may still be working for a client that gave up.
        (decided.await.unwrap_or(Fate::Refuse(Fault::Close)), Some(carried_out))
    }
}

impl Held {
    /// Whether it can change a payment.
    pub fn is_write(&self) -> bool {
        ["PutItem", "UpdateItem"].contains(&&*self.operation)
    }

    /// Lets the call go on. Returns the status that DynamoDB answered, if it got it.
    pub async fn release(self, fate: Fate) -> Option<u16> {
        self.fate.send(fate).expect("the wire waits");
        self.carried_out.await.expect("the wire reports it")
    }

    /// The same call, to be carried out at another time.
    pub fn later(&self) -> Late {
        self.late.clone()
    }
}

impl Late {
    /// Has DynamoDB carry out the call, and returns the status that it answers.
    pub async fn carry_out(self) -> u16 {
        status(&answer(&mut None, &self.upstream, &self.request).await)
    }
}

impl Fault {
    async fn happen(self, mut downstream: TcpStream) {
        let answer = match self {
            Self::Error(status, code) => error(status, code, ""),
            Self::ConditionFailed(item) => error(400, "ConditionalCheckFailedException", item),
            Self::Bytes(bytes) => bytes.to_vec(),
            Self::Close => return,
            Self::Reset => return downstream.set_zero_linger().expect("a socket"),
            Self::Truncate => b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".to_vec(),
            Self::Hang => {
                while downstream.read(&mut [0; 1024]).await.is_ok_and(|read| read > 0) {}
                return;
            }
        };
        // The SDK may be gone by now.
        drop(downstream.write_all(&answer).await);
    }
}

/// An error as DynamoDB spells it, with more text after its message.
fn error(status: u16, code: &str, more: &str) -> Vec<u8> {
    let body =
        format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"injected {INTERNAL}"{more}}}"#);
    let length = body.len();
    format!("HTTP/1.1 {status} Injected\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
}

/// DynamoDB's answer to a request, over a connection that is opened when there is none.
async fn answer(upstream: &mut Option<TcpStream>, address: &str, request: &[u8]) -> Vec<u8> {
    let upstream = match upstream {
        Some(upstream) => upstream,
        None => upstream.insert(TcpStream::connect(address).await.expect("the embedded DynamoDB")),
    };
    upstream.write_all(request).await.expect("the embedded DynamoDB takes requests");
    message(upstream).await.expect("the embedded DynamoDB answers")
}

/// The status of an answer.
fn status(answer: &[u8]) -> u16 {
    let line = String::from_utf8_lossy(answer.get(..12).expect("a status line"));
    line.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
}

/// One HTTP/1.1 message: its head, and as much body as `Content-Length` says. `None` when the peer has closed.
async fn message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).map(str::trim);
            let whole = end + 4 + length.map_or(0, |length| length.parse::<usize>().expect("a length"));
            while bytes.len() < whole {
                if stream.read_buf(&mut bytes).await.ok()? == 0 {
                    return None;
                }
            }
            return Some(bytes);
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
