//! Who may call the server's own paths and the embedded DynamoDB: programs on this machine, and web pages of the server itself.
//! `tests/tools/browser/run` does the same with a real browser.

use crate::server::{ServerProcess, TERMS, command};

const KEY: &str = "Authorization: Basic dGVzdF9za19kdW1teTo=\r\nContent-Type: application/json\r\n";

/// What a browser sends for a page that may not call, and the code of the answer. `{port}` is the port that is called.
const FOREIGN_PAGES: [(&str, &str); 9] = [
    // A page at another site, and one at another port of this machine.
    ("Host: localhost:{port}\r\nOrigin: http://evil.example\r\n", "FOREIGN_ORIGIN"),
    ("Host: localhost:{port}\r\nOrigin: http://localhost:3000\r\n", "FOREIGN_ORIGIN"),
    ("Host: localhost:{port}\r\nOrigin: https://localhost\r\n", "FOREIGN_ORIGIN"),
    ("Host: 127.0.0.1:{port}\r\nOrigin: http://localhost:{port}\r\n", "FOREIGN_ORIGIN"),
    // A page in a file or in a sandboxed frame.
    ("Host: localhost:{port}\r\nOrigin: null\r\n", "FOREIGN_ORIGIN"),
    // A link, an image or a form of another page.
    ("Host: localhost:{port}\r\nSec-Fetch-Site: cross-site\r\n", "FOREIGN_ORIGIN"),
    ("Host: localhost:{port}\r\nSec-Fetch-Site: same-site\r\n", "FOREIGN_ORIGIN"),
    // A page whose own name points to this machine (DNS rebinding).
    ("Host: evil.example:{port}\r\n", "FOREIGN_HOST"),
    (
        "Host: evil.example:{port}\r\nOrigin: http://evil.example:{port}\r\nSec-Fetch-Site: same-origin\r\n",
        "FOREIGN_HOST",
    ),
];

/// Sends a request with a body to a port of the server, with these headers. The connection is closed after the answer.
fn send(server: &ServerProcess, port: u16, line: &str, headers: &str, body: &str) -> String {
    let headers = headers.replace("{port}", &port.to_string());
    let length = body.len();
    server.raw_to(
        port,
        &format!("{line} HTTP/1.1\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"),
    )
}

#[track_caller]
fn refused(answer: &str, code: &str) {
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains(&format!("\"code\":\"{code}\"")), "{code}: {answer}");
    assert!(!answer.to_ascii_lowercase().contains("access-control"), "no page may read it: {answer}");
}

#[test]
fn no_other_page_can_call_the_servers_own_paths() {
    let server = ServerProcess::on_free_ports(&[]);
    assert_eq!(server.post("/v1/payments", TERMS).0, 200);
    for (headers, code) in FOREIGN_PAGES {
        for line in [
            "POST /__local/reset",
            "GET /__local/health",
            "OPTIONS /__local/reset",
            "POST /%5F_local/reset",
            "GET /__local/x",
        ] {
            refused(&send(&server, server.port(), line, headers, ""), code);
        }
    }
    assert_eq!(server.post("/v1/payments/confirm", TERMS).0, 200, "the payment is still there");
}

#[test]
fn no_other_page_can_read_or_change_the_embedded_dynamodb() {
    const SIGNED: &str = "Authorization: AWS4-HMAC-SHA256 Credential=local/20260101/ap-northeast-2/dynamodb/aws4_request, \
                          SignedHeaders=host, Signature=0\r\nX-Amz-Date: 20260101T000000Z\r\n\
                          X-Amz-Target: DynamoDB_20120810.UpdateItem\r\nContent-Type: application/x-amz-json-1.0\r\n";
    let update = r#"{"TableName":"payments","Key":{"paymentKey":{"S":"pay_1"}},
        "UpdateExpression":"SET amount = :a","ExpressionAttributeValues":{":a":{"N":"1"}}}"#;
    let server = ServerProcess::on_free_ports(&[]);
    assert_eq!(server.post("/v1/payments", TERMS).0, 200);
    for (headers, code) in FOREIGN_PAGES {
        let answer = send(&server, server.dynamodb_port(), "POST /", &format!("{headers}{SIGNED}"), update);
        refused(&answer, code);
        refused(&send(&server, server.dynamodb_port(), "GET /", headers, ""), code);
        let asks = "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: x-amz-target\r\n";
        refused(&send(&server, server.dynamodb_port(), "OPTIONS /", &format!("{headers}{asks}"), ""), code);
    }
    assert_eq!(server.post("/v1/payments/confirm", TERMS).0, 200, "the amount is still that of the create");

    // The same request of a program is carried out. So it was the page that was refused.
    let answer = send(&server, server.dynamodb_port(), "POST /", &format!("Host: localhost\r\n{SIGNED}"), update);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn no_other_page_can_make_payments_with_a_key_that_the_browser_remembers() {
    let server = ServerProcess::on_free_ports(&[]);
    let pages = FOREIGN_PAGES.iter().filter(|(headers, _)| headers.contains("Origin") || headers.contains("-site"));
    for (headers, _) in pages {
        for line in
            ["POST /v1/payments", "POST /v1/payments/confirm", "POST /v1/payments/pay_1/cancel", "POST /v1/other"]
        {
            refused(&send(&server, server.port(), line, &format!("{headers}{KEY}"), TERMS), "FOREIGN_ORIGIN");
        }
        // A form sends a body with a media type for which a browser sends no preflight.
        let form = format!("{headers}Authorization: Basic dGVzdF9za19kdW1teTo=\r\n");
        refused(&send(&server, server.port(), "POST /v1/payments", &form, TERMS), "FOREIGN_ORIGIN");
        refused(&send(&server, server.port(), "OPTIONS /v1/payments", headers, ""), "FOREIGN_ORIGIN");
    }
    assert_eq!(server.post("/v1/payments/confirm", TERMS).0, 404, "nothing was created");
}

#[test]
fn a_refused_caller_of_the_service_gets_a_request_id() {
    let server = ServerProcess::on_free_ports(&[]);
    let answer = send(&server, server.port(), "POST /v1/payments", "Host: localhost\r\nOrigin: null\r\n", TERMS);
    assert!(answer.contains("\r\nx-request-id: ") && answer.contains("\r\ncache-control: no-store\r\n"), "{answer}");
}

#[test]
fn the_pages_of_the_server_itself_may_call_it() {
    let server = ServerProcess::on_free_ports(&[]);
    let port = server.port();
    for host in ["localhost", "127.0.0.1", "[::1]", "payments", "kiosk.localhost"] {
        let own = format!("Host: {host}:{port}\r\nOrigin: http://{host}:{port}\r\nSec-Fetch-Site: same-origin\r\n");
        let created = send(&server, port, "POST /v1/payments", &format!("{own}{KEY}"), TERMS);
        assert!(created.starts_with("HTTP/1.1 200"), "{host}: {created}");
        let health = send(&server, port, "GET /__local/health", &own, "");
        assert!(health.starts_with("HTTP/1.1 200") && !health.contains("access-control"), "{host}: {health}");
    }
}

#[test]
fn programs_call_the_server_by_the_names_of_this_machine_and_its_containers() {
    let server = ServerProcess::on_free_ports(&[]);
    for host in ["localhost", "payments:9090", "host.docker.internal:9098", "desk.local", "10.0.0.7:9098", "[::1]:9090"]
    {
        for (port, line) in [(server.port(), "GET /__local/health"), (server.dynamodb_port(), "GET /")] {
            let answer = send(&server, port, line, &format!("Host: {host}\r\n"), "");
            assert!(answer.starts_with("HTTP/1.1 200"), "{host}: {answer}");
        }
    }
}

/// The contract is public, and people follow links to it.
#[test]
fn a_link_to_the_contract_works_from_anywhere() {
    let server = ServerProcess::on_free_ports(&[]);
    for line in ["GET /docs/", "GET /openapi.yaml"] {
        let headers = "Host: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n";
        let answer = send(&server, server.port(), line, headers, "");
        assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("access-control"), "{line}: {answer}");
    }
}

#[test]
fn no_other_page_can_show_the_servers_page_in_a_frame() {
    let server = ServerProcess::on_free_ports(&[]);
    let page = send(&server, server.port(), "GET /docs/", "Host: localhost\r\nSec-Fetch-Dest: iframe\r\n", "");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("\r\nx-frame-options: DENY\r\n"), "{page}");
}

#[test]
fn a_name_that_the_user_allows_is_not_foreign() {
    let names = ["--allow-host", "Payments.Example.com", "--allow-host", "other.example"];
    let server = ServerProcess::on_free_ports(&names);
    for name in ["payments.example.com", "other.example"] {
        for (port, line) in [(server.port(), "GET /__local/health"), (server.dynamodb_port(), "GET /")] {
            let answer =
                send(&server, port, line, &format!("Host: {name}:{port}\r\nOrigin: http://{name}:{port}\r\n"), "");
            assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("access-control"), "{name}: {answer}");
        }
    }
    let answer = send(&server, server.port(), "GET /__local/health", "Host: third.example\r\n", "");
    refused(&answer, "FOREIGN_HOST");
    assert!(answer.contains("--allow-host"), "it says what to do: {answer}");
}

#[test]
fn a_server_that_others_can_reach_says_so() {
    let open = ServerProcess::on_free_ports(&["--host", "0.0.0.0"]);
    let line = open.value("open to:");
    for what in ["0.0.0.0", "payments", "reset", "DynamoDB"] {
        assert!(line.contains(what), "{what}: {line}");
    }
    let over_it = ["--host", "0.0.0.0", "--port", "0", "--dynamodb-endpoint", open.value("dynamodb:")];
    let over_another = ServerProcess::start(command(&over_it));
    let line = over_another.value("open to:");
    assert!(line.contains("payments") && !line.contains("reset"), "this one cannot be reset: {line}");
    let closed = ServerProcess::on_free_ports(&[]);
    assert!(!closed.printed.join("\n").contains("open to:"), "{:?}", closed.printed);
}
