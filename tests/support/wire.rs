//! A wire between the SDK and DynamoDB that notes what passes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The wire. It passes every request on, on a connection of its own, and notes what it was.
#[derive(Debug, Clone)]
pub struct Wire {
    /// Where the SDK is to find it.
    pub endpoint: String,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Wire {
    /// A wire to the DynamoDB at `endpoint`.
    pub async fn to(endpoint: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let upstream = endpoint.trim_start_matches("http://").to_owned();
        let wire = Self {
            endpoint: format!("http://{}", listener.local_addr().expect("its address")),
            connections: Arc::default(),
            requests: Arc::default(),
        };
        let shared = wire.clone();
        tokio::spawn(async move {
            while let Ok((downstream, _)) = listener.accept().await {
                let (wire, upstream) = (shared.clone(), upstream.clone());
                wire.connections.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(async move { wire.serve(downstream, &upstream).await });
            }
        });
        wire
    }

    /// The requests since the last call, in order: the name of the operation, or the request line of what is none.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.requests.lock().expect("not poisoned"))
    }

    /// How many connections the SDK has opened so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    async fn serve(&self, mut downstream: TcpStream, upstream: &str) {
        while let Some(request) = message(&mut downstream).await {
            let text = String::from_utf8_lossy(&request);
            let operation = text.split("DynamoDB_20120810.").nth(1).unwrap_or(&text).lines().next();
            self.requests.lock().expect("not poisoned").push(operation.unwrap_or_default().to_owned());
            let mut upstream = TcpStream::connect(upstream).await.expect("the embedded DynamoDB");
            upstream.write_all(&request).await.expect("the embedded DynamoDB takes requests");
            let response = message(&mut upstream).await.expect("the embedded DynamoDB answers");
            if downstream.write_all(&response).await.is_err() {
                return;
            }
        }
    }
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
