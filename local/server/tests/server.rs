//! A connection, as clients see it.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::{Request, Response};
use payments_server::{Answer, ListenOn, Listener, read_body, serve};
use std::future::pending;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
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

/// A connection to a server that reports for each path whether the answer was handed over whole. The path of a request says what it
/// gets.
async fn connect_with_reports() -> (TcpStream, UnboundedReceiver<(String, bool)>) {
    let listener = Listener::bind(ListenOn::Loopback, 0).await.expect("a free port");
    let address = listener.numeric_url().trim_start_matches("http://").to_owned();
    let (sender, reports) = unbounded_channel();
    let answers = move |client: payments_server::Client| {
        let sender = sender.clone();
        move |request: Request<Incoming>| {
            let (sender, client) = (sender.clone(), client.clone());
            async move {
                let path = request.uri().path().to_owned();
                let response = Response::new(Full::<Bytes>::from("0123456789"));
                let answer = match path.as_str() {
                    "/nothing" => Answer::nothing(),
                    "/half" => Answer::half(response),
                    "/empty" => Response::new(Full::default()).into(),
                    "/large" => Response::new(Full::from(vec![b' '; 32 << 20])).into(),
                    "/large-half" => Answer::half(Response::new(Full::from(vec![b' '; 4 << 20]))),
                    "/when-the-client-left" => {
                        client.closed_its_side().await;
                        response.into()
                    }
                    _ => response.into(),
                };
                answer.then(move |whole| drop(sender.send((path, whole))))
            }
        }
    };
    tokio::spawn(serve(listener, answers, pending()));
    (TcpStream::connect(address).await.expect("it listens"), reports)
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

/// Everything up to the end of the connection.
async fn rest_of(stream: &mut TcpStream) -> String {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.expect("the connection ends, and is not reset");
    String::from_utf8(rest).expect("text")
}

#[tokio::test]
async fn an_answer_that_is_lost_is_a_closed_connection() {
    let (mut stream, mut reports) = connect_with_reports().await;
    stream.write_all(get("/nothing").as_bytes()).await.unwrap();
    assert_eq!(rest_of(&mut stream).await, "");
    assert_eq!(reports.recv().await, Some(("/nothing".to_owned(), false)));
}

#[tokio::test]
async fn half_an_answer_has_the_length_of_the_whole_one() {
    let (mut stream, mut reports) = connect_with_reports().await;
    stream.write_all(get("/half").as_bytes()).await.unwrap();
    let answer = rest_of(&mut stream).await;
    assert!(answer.contains("content-length: 10\r\n") && answer.ends_with("\r\n\r\n01234"), "{answer}");
    assert_eq!(reports.recv().await, Some(("/half".to_owned(), false)));
}

#[tokio::test]
async fn half_of_a_large_answer_arrives_to_its_last_byte() {
    let (mut stream, _reports) = connect_with_reports().await;
    stream.write_all(get("/large-half").as_bytes()).await.unwrap();
    let answer = rest_of(&mut stream).await;
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert_eq!((head.contains("content-length: 4194304"), body.len()), (true, 2 << 20));
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_the_answers_before_it() {
    let (mut stream, mut reports) = connect_with_reports().await;
    let pipelined = get("/") + &get("/empty") + &get("/nothing");
    stream.write_all(pipelined.as_bytes()).await.unwrap();
    let answers = rest_of(&mut stream).await;
    assert!(answers.contains("0123456789") && answers.matches("HTTP/1.1 200").count() == 2, "{answers}");
    for (path, whole) in [("/", true), ("/empty", true), ("/nothing", false)] {
        assert_eq!(reports.recv().await, Some((path.to_owned(), whole)));
    }
}

#[tokio::test]
async fn an_answer_is_handed_over_when_the_connection_has_it() {
    let (mut stream, mut reports) = connect_with_reports().await;
    for path in ["/", "/empty", "/"] {
        stream.write_all(get(path).as_bytes()).await.unwrap();
        assert_eq!(reports.recv().await, Some((path.to_owned(), true)), "its client need not have read it");
    }
    stream.write_all(get("/large").as_bytes()).await.unwrap();
    let early = tokio::time::timeout(Duration::from_millis(200), reports.recv()).await;
    assert!(early.is_err(), "it is larger than the buffers, and its client does not read: {early:?}");
    drop(stream);
    assert_eq!(reports.recv().await, Some(("/large".to_owned(), false)));
}

#[tokio::test]
async fn an_answer_to_a_client_that_has_left_is_not_handed_over() {
    let (mut stream, mut reports) = connect_with_reports().await;
    stream.write_all(get("/when-the-client-left").as_bytes()).await.unwrap();
    drop(stream);
    assert_eq!(reports.recv().await, Some(("/when-the-client-left".to_owned(), false)));
}

#[tokio::test]
async fn a_client_that_only_stops_sending_gets_its_answer() {
    let (mut stream, mut reports) = connect_with_reports().await;
    stream.write_all(get("/when-the-client-left").as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let answer = rest_of(&mut stream).await;
    assert!(answer.ends_with("0123456789"), "{answer}");
    assert_eq!(reports.recv().await, Some(("/when-the-client-left".to_owned(), true)));
}
