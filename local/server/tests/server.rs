//! A connection, as clients see it.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::{Request, Response};
use payments_server::{ListenOn, Listener, read_body, serve};
use std::future::pending;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

const LIMIT: usize = 1000;

/// Answers with the result of reading the body.
async fn answer(request: Request<Incoming>) -> Response<Full<Bytes>> {
    let body = read_body(request.into_body(), LIMIT).await;
    let unread = body.is_err();
    let text = match body {
        Ok(body) => format!("{} bytes", body.len()),
        Err(unread) => format!("{unread:?}"),
    };
    let mut response = Response::new(Full::from(text));
    if unread {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// A connection to a server of its own.
async fn connect() -> TcpStream {
    let listener = Listener::bind(ListenOn::Loopback, 0).await.expect("a free port");
    let address = listener.numeric_url().trim_start_matches("http://").to_owned();
    tokio::spawn(serve(listener, |_| answer, pending()));
    TcpStream::connect(address).await.expect("it listens")
}

/// Sends bytes and reads to the end of the connection.
async fn exchange(mut stream: TcpStream, bytes: &[u8]) -> String {
    stream.write_all(bytes).await.expect("the server takes it all");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("the connection ends, and is not reset");
    String::from_utf8(answer).expect("text")
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stops_within_its_body_is_disconnected_after_30_seconds() {
    for framing in ["Content-Length: 10\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n5\r\n{"] {
        let (stream, start) = (connect().await, Instant::now());
        let answer = exchange(stream, format!("POST / HTTP/1.1\r\nHost: localhost\r\n{framing}").as_bytes()).await;
        let waited = start.elapsed();
        assert!(answer.contains("connection: close") && answer.ends_with("Incomplete"), "{answer}");
        assert!((Duration::from_secs(30)..Duration::from_secs(32)).contains(&waited), "{waited:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_slowly_is_waited_for() {
    let mut stream = connect().await;
    stream
        .write_all(b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 4\r\n\r\n")
        .await
        .unwrap();
    for byte in b"body" {
        tokio::time::sleep(Duration::from_secs(29)).await;
        stream.write_all(&[*byte]).await.unwrap();
    }
    let answer = exchange(stream, b"").await;
    assert!(answer.ends_with("4 bytes"), "{answer}");
}

#[tokio::test]
async fn a_client_that_sends_all_before_it_reads_gets_the_answer() {
    // More than the buffers of both sides hold.
    let body = vec![b' '; 32 << 20];
    let length = body.len();
    for framing in [format!("Content-Length: {length}"), format!("Transfer-Encoding: chunked\r\n\r\n{length:x}")] {
        let head = if framing.contains("chunked") { format!("{framing}\r\n") } else { format!("{framing}\r\n\r\n") };
        let request = [format!("POST / HTTP/1.1\r\nHost: localhost\r\n{head}").as_bytes(), &body].concat();
        let answer = exchange(connect().await, &request).await;
        assert!(answer.contains("connection: close") && answer.ends_with("TooLarge"), "{framing}: {answer}");
    }
}

#[tokio::test]
async fn a_large_body_that_waits_for_100_continue_is_refused_at_once() {
    let request = b"POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n";
    let answer = exchange(connect().await, request).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("TooLarge"), "no 100 Continue: {answer}");
}

#[tokio::test]
async fn http_2_without_negotiation_gets_400_in_http_1() {
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    // As one packet, and cut where hyper could mistake it for another protocol.
    for cut in [preface.len(), 1, 3, 14, 16, 23, 24] {
        let mut stream = connect().await;
        stream.set_nodelay(true).expect("a socket");
        stream.write_all(&preface[..cut]).await.expect("it reads");
        tokio::task::yield_now().await;
        let answer = exchange(stream, &preface[cut..]).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{cut}: {answer:?}");
    }
}
