//! The page at `/__local/`, and the events that it follows. `tests/tools/browser/run` opens it in a browser.

use crate::server::{ServerProcess, TERMS, taken_apart};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const PAGE: &str = "GET /__local/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";

/// A client that follows the events.
struct Events(BufReader<TcpStream>);

impl Events {
    fn of(server: &ServerProcess) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port())).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        stream.write_all(b"GET /__local/events HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("it reads");
        let mut events = Self(BufReader::new(stream));
        // Events count from the first bytes of the answer on.
        assert_eq!(events.line_with("content-type: "), "text/event-stream");
        events.line_with("retry: ");
        events
    }

    /// The rest of the next line that begins like this. Every other line, also of the chunked encoding, is skipped.
    fn line_with(&mut self, begin: &str) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.0.read_line(&mut line).expect("a line in time"), 0, "the events ended before {begin:?}");
            if let Some(rest) = line.strip_prefix(begin) {
                return rest.trim_end().to_owned();
            }
        }
    }

    /// The name of the next event, and its data.
    fn next(&mut self) -> (String, Value) {
        let name = self.line_with("event: ");
        (name, serde_json::from_str(&self.line_with("data: ")).expect("JSON"))
    }

    /// The requests of the next event.
    fn requests(&mut self) -> Vec<Value> {
        let (name, data) = self.next();
        assert_eq!((name.as_str(), &data["forgotten"]), ("requests", &Value::from(0)));
        data["requests"].as_array().expect("requests").clone()
    }

    fn have_ended(&mut self) -> bool {
        std::io::copy(&mut self.0, &mut std::io::sink()).is_ok()
    }
}

#[test]
fn the_page_is_one_document_that_may_load_nothing() {
    let server = ServerProcess::on_free_ports(&[]);
    let answer = server.raw(&format!("{PAGE}\r\n"));
    let (head, html) = answer.split_once("\r\n\r\n").expect("a body");
    for header in [
        "HTTP/1.1 200",
        "content-type: text/html; charset=utf-8\r\n",
        "cache-control: no-store\r\n",
        "x-frame-options: DENY\r\n",
        "x-content-type-options: nosniff\r\n",
        "referrer-policy: no-referrer\r\n",
    ] {
        assert!(head.contains(header), "{header}: {head}");
    }
    let policy = head.lines().find_map(|line| line.strip_prefix("content-security-policy: ")).expect("a policy");
    let allowed: Vec<_> = policy.split("; ").collect();
    for directive in [
        "default-src 'none'",
        "img-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ] {
        assert!(allowed.contains(&directive), "{directive}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let hashes = |directive| {
        let hashes = allowed.iter().find_map(|allowed| allowed.strip_prefix(directive)).expect("a directive");
        hashes.split(' ').inspect(|hash| assert!(hash.starts_with("'sha256-"), "{hash}")).count()
    };
    assert_eq!(hashes("script-src "), html.matches("<script>").count(), "each script is allowed by itself");
    assert_eq!(hashes("style-src "), 1);
    for loads in [" src=", "url(", "@import", "<link rel=\"stylesheet\"", "sourceMappingURL"] {
        assert!(!html.contains(loads), "{loads}");
    }
}

#[test]
fn the_page_begins_in_the_language_of_its_reader() {
    let server = ServerProcess::on_free_ports(&[]);
    for (header, tag) in [("", "en"), ("Accept-Language: ko-KR,ko;q=0.9\r\n", "ko"), ("Accept-Language: fr\r\n", "en")]
    {
        let answer = server.raw(&format!("{PAGE}{header}\r\n"));
        assert!(answer.contains(&format!("\r\ncontent-language: {tag}\r\n")), "{header}");
        assert!(answer.contains(&format!("<html lang=\"{tag}\">")), "{header}");
    }
}

#[test]
fn the_address_without_its_slash_leads_to_the_page() {
    let server = ServerProcess::on_free_ports(&[]);
    let answer = server.raw("GET /__local HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 308") && answer.contains("\r\nlocation: /__local/\r\n"), "{answer}");
    assert_eq!(server.value("watch:"), format!("{}/__local/", server.value("payments:")));
}

#[test]
fn a_follower_learns_of_each_request_when_it_arrives_and_when_it_ends() {
    let server = ServerProcess::on_free_ports(&[]);
    server.post("/v1/payments", TERMS);
    server.arm(r#"{"fault":"delay-answer","delayMs":2000,"operation":"confirm"}"#);
    let mut events = Events::of(&server);
    server.post("/v1/payments/confirm", TERMS);

    let arrived = events.requests();
    assert_eq!(arrived.len(), 1, "nothing from before: {arrived:?}");
    assert_eq!((&arrived[0]["operation"], &arrived[0]["durationMs"]), (&"confirm".into(), &Value::Null));
    let (name, _) = events.next();
    assert_eq!(name, "faults", "the fault has met a request");
    let ended = events.requests();
    assert_eq!((&ended[0]["id"], &ended[0]["outcome"]), (&arrived[0]["id"], &"FIRST".into()));
    assert_eq!(ended, server.requests("?operation=confirm"), "as the journal has it");
}

#[test]
fn a_follower_learns_of_faults_and_of_a_reset() {
    let server = ServerProcess::on_free_ports(&[]);
    let mut events = Events::of(&server);
    server.arm(r#"{"fault":"lose-answer"}"#);
    assert_eq!(events.next().0, "faults");
    server.ask("DELETE", "/__local/faults");
    assert_eq!(events.next().0, "faults");
    server.post("/v1/payments", TERMS);
    assert_eq!(events.requests().len(), 1);
    server.ask("POST", "/__local/reset");
    assert_eq!(events.next().0, "reset");
    assert_eq!(events.next().0, "faults", "they were removed");
    server.post("/v1/payments", TERMS);
    assert_eq!(events.requests().len(), 1);
}

/// A page may stay open for days, and a load test may send more than a browser can show.
#[test]
fn many_requests_at_once_are_few_events() {
    const REQUESTS: usize = 500;
    let server = ServerProcess::on_free_ports(&[]);
    let mut events = Events::of(&server);
    let start = Instant::now();
    for _ in 0..REQUESTS {
        server.ask("GET", "/v1/payments/pay_1");
    }
    let most = start.elapsed().as_millis() / 100 + 2;
    let (mut ended, mut count) = (std::collections::BTreeSet::new(), 0);
    while ended.len() < REQUESTS {
        let has_ended = |request: &&Value| !request["durationMs"].is_null();
        ended.extend(events.requests().iter().filter(has_ended).map(|request| request["id"].to_string()));
        count += 1;
    }
    assert!(count <= most, "{count} events for {REQUESTS} requests in {:?}", start.elapsed());
}

#[test]
fn a_follower_does_not_keep_the_server_from_stopping() {
    let server = ServerProcess::on_free_ports(&[]);
    let mut events = Events::of(&server);
    let start = Instant::now();
    server.signal("-INT");
    assert!(events.have_ended());
    assert_eq!(server.ended(), (Some(0), String::new()));
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[test]
fn no_page_of_another_origin_can_follow() {
    let server = ServerProcess::on_free_ports(&[]);
    for path in ["/__local/", "/__local/events"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\n\r\n");
        let (status, body) = taken_apart(&server.raw(&request));
        assert_eq!(status, 403, "{path}: {body}");
    }
}
