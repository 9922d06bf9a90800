//! Both ports as HTTP servers, for real clients. Each test is named after a behaviour, and lists clients that have it. What holds for
//! any port of any server is tested in local/server.

use crate::server::{KeptOpen, ServerProcess, TERMS, command, start_failure};
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

const KEY: &str = "Authorization: Basic dGVzdF9za19kdW1teTo=";

/// A request with a JSON body of known length.
fn sized(line: &str, body: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: localhost\r\n{KEY}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// Requests that the functions never see, and the statuses of their answers.
const OWN_ANSWERS: [(&str, u16); 10] = [
    ("POST /v1/payments/", 404),
    ("POST /", 404),
    ("POST /v2/payments", 404),
    ("PUT /v1/payments", 405),
    ("DELETE /v1/payments/pay_1/cancel", 405),
    ("POST /docs", 405),
    ("GET /openapi.yaml", 200),
    ("POST /__local/health", 405),
    ("GET /__local/health", 200),
    ("POST /__local/reset", 200),
];

/// Python's `http.client` and `requests`, Go, RestTemplate on Apache: a pool sends the next request over the same connection.
#[test]
fn a_connection_serves_the_next_request_after_an_unread_body() {
    let server = ServerProcess::on_free_ports(&[]);
    let body = r#"{"paymentKey":"pay_1","orderId":"order_1","amount":10000}"#;
    let large = format!("{body}{}", " ".repeat(1 << 20));
    for (line, status) in OWN_ANSWERS {
        for body in [body, &large] {
            let mut connection = KeptOpen::to(server.port());
            connection.send(&sized(line, body));
            let (head, _) = connection.answer();
            assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {head}");
            assert!(!head.contains("connection: close"), "{line}: {head}");
            connection.send(&sized("POST /v1/payments", TERMS));
            let (head, created) = connection.answer();
            assert!(head.starts_with("HTTP/1.1 200"), "the payment after {line}: {head}{created}");
        }
    }
}

/// RestClient on Reactor Netty, Node: both requests are on their way before the first answer comes.
#[test]
fn a_pipelined_request_is_answered() {
    let server = ServerProcess::on_free_ports(&[]);
    for (line, status) in OWN_ANSWERS {
        let mut connection = KeptOpen::to(server.port());
        connection.send(&format!("{}{}", sized(line, TERMS), sized("POST /v1/payments", TERMS)));
        assert!(connection.answer().0.starts_with(&format!("HTTP/1.1 {status} ")), "{line}");
        assert!(connection.answer().0.starts_with("HTTP/1.1 200"), "the payment after {line}");
    }
}

/// Apache HttpClient with `expectContinue`.
#[test]
fn a_client_that_waits_for_100_continue_gets_it() {
    let server = ServerProcess::on_free_ports(&[]);
    for (line, status) in OWN_ANSWERS.into_iter().chain([("POST /v1/payments", 200)]) {
        let mut connection = KeptOpen::to(server.port());
        let length = TERMS.len();
        connection.send(&format!(
            "{line} HTTP/1.1\r\nHost: localhost\r\n{KEY}\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
        ));
        let (head, _) = connection.answer();
        assert!(head.starts_with("HTTP/1.1 100"), "{line}: {head}");
        connection.send(TERMS);
        assert!(connection.answer().0.starts_with(&format!("HTTP/1.1 {status} ")), "{line}");
        connection.send(&sized("POST /v1/payments", TERMS));
        assert!(connection.answer().0.starts_with("HTTP/1.1 200"), "the payment after {line}");
    }
}

/// curl, Apache with a streamed entity, Node's `pipe`.
#[test]
fn a_connection_serves_the_next_request_after_an_unread_chunked_body() {
    let server = ServerProcess::on_free_ports(&[]);
    for (line, status) in OWN_ANSWERS {
        let mut connection = KeptOpen::to(server.port());
        let length = TERMS.len();
        connection.send(&format!(
            "{line} HTTP/1.1\r\nHost: localhost\r\n{KEY}\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{TERMS}\r\n"
        ));
        connection.send("0\r\n\r\n");
        assert!(connection.answer().0.starts_with(&format!("HTTP/1.1 {status} ")), "{line}");
        connection.send(&sized("POST /v1/payments", TERMS));
        assert!(connection.answer().0.starts_with("HTTP/1.1 200"), "the payment after {line}");
    }
}

/// Apache, Reactor Netty, Go, urllib, Node's streams, wget: they send all of a body before they read.
#[test]
fn a_body_over_all_limits_gets_an_answer_and_no_reset() {
    let server = ServerProcess::on_free_ports(&[]);
    let body = " ".repeat(40 << 20);
    for (port, line, answer) in [
        (server.port(), "POST /v1/payments", "HTTP/1.1 413"),
        (server.port(), "POST /v1/payments/", "HTTP/1.1 404"),
        (server.port(), "PUT /v1/payments", "HTTP/1.1 405"),
        (server.port(), "POST /__local/reset", "HTTP/1.1 413"),
        (server.port(), "POST /openapi.yaml", "HTTP/1.1 405"),
        (server.dynamodb_port(), "POST /", "HTTP/1.1 413"),
    ] {
        let mut connection = KeptOpen::to(port);
        connection.send(&sized(line, &body));
        let (head, _) = connection.answer();
        assert!(head.starts_with(answer) && head.contains("connection: close"), "{line}: {head}");
        assert!(connection.is_closed(), "{line}");
    }
}

#[test]
fn a_reset_whose_request_is_cut_off_deletes_nothing() {
    let server = ServerProcess::on_free_ports(&[]);
    assert_eq!(server.post("/v1/payments", TERMS).0, 200);
    let cut = server.raw("POST /__local/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{");
    assert!(cut.starts_with("HTTP/1.1 400"), "{cut}");
    assert_eq!(server.post("/v1/payments/confirm", TERMS).0, 200);
}

/// Docker kills a container ten seconds after the stop signal.
#[test]
fn stopping_takes_six_seconds_at_most_although_clients_stall() {
    let server = ServerProcess::on_free_ports(&[]);
    assert_eq!(server.post("/v1/payments", TERMS).0, 200);
    let stalled: Vec<TcpStream> = [server.port(), server.dynamodb_port()]
        .into_iter()
        .flat_map(|port| {
            ["", "POST / HTTP/1.1\r\nHo", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"]
                .map(|sent| (port, sent))
        })
        .map(|(port, sent)| {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
            stream.write_all(sent.as_bytes()).expect("it reads");
            stream
        })
        .collect();
    // What was sent has been read by the time another request was answered on both ports.
    assert_eq!(server.post("/v1/payments", TERMS).0, 200);
    let start = Instant::now();
    server.signal("-TERM");
    assert_eq!(server.ended(), (Some(0), String::new()));
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
    drop(stalled);
}

#[test]
fn stopping_does_not_wait_for_clients_that_keep_a_connection_open() {
    let server = ServerProcess::on_free_ports(&[]);
    let mut idle = KeptOpen::to(server.port());
    idle.send(&sized("POST /v1/payments", TERMS));
    assert!(idle.answer().0.starts_with("HTTP/1.1 200"));
    let start = Instant::now();
    server.signal("-INT");
    assert_eq!(server.ended(), (Some(0), String::new()));
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

/// The loopback addresses that this machine has. A container often has no `::1`.
fn loopback() -> impl Iterator<Item = IpAddr> {
    let both = [Ipv4Addr::LOCALHOST.into(), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    both.into_iter().filter(|ip| TcpListener::bind((*ip, 0)).is_ok())
}

#[test]
fn a_port_taken_on_one_loopback_address_is_an_error_of_one_line_that_says_where() {
    for address in loopback() {
        let taken = TcpListener::bind((address, 0)).expect("a free port");
        let port = taken.local_addr().expect("its address").port().to_string();
        for (option, other) in [("--port", "--dynamodb-port"), ("--dynamodb-port", "--port")] {
            let says = start_failure(&mut command(&[option, &port, other, "0"]));
            assert!(says.contains(&format!("port {port} is taken at {address}")) && says.contains(option), "{says}");
        }
    }
}
