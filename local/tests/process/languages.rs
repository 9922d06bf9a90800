//! The messages of the local server's own answers, in both languages.

use crate::server::{ServerProcess, command, start_failure};

const NOT_EMBEDDED: [&str; 2] = [
    "This server uses an existing DynamoDB (--dynamodb-endpoint). Only the embedded one is emptied.",
    "이 서버는 외부 DynamoDB를 사용합니다(--dynamodb-endpoint). 내장 DynamoDB만 비울 수 있습니다.",
];
const UNAVAILABLE: [&str; 2] = [
    "The DynamoDB of this server cannot be used. The server's standard error has the cause.",
    "이 서버의 DynamoDB를 사용할 수 없습니다. 원인은 서버의 표준 오류(stderr)에서 확인할 수 있습니다.",
];
const FOREIGN_HOST: [&str; 2] = [
    "The name in the Host header is not allowed. Call this server as localhost or by an IP address, or start it with --allow-host NAME.",
    "허용되지 않은 Host 헤더입니다. localhost나 IP 주소로 호출하거나, 서버를 --allow-host NAME 옵션으로 실행해 주십시오.",
];
const FOREIGN_ORIGIN: [&str; 2] = [
    "A web page of another origin may not call this server. Call it from a program, or from a page that it serves itself.",
    "다른 출처(origin)의 웹 페이지에서는 이 서버를 호출할 수 없습니다. 프로그램이나 이 서버가 제공하는 페이지에서 호출해 주십시오.",
];
const NO_ROUTE: [&str; 2] = ["There is nothing at this path.", "존재하지 않는 경로입니다."];
const INCOMPLETE: [&str; 2] = ["The body could not be read to its end.", "요청 본문을 끝까지 읽지 못했습니다."];

/// The answer to a request without a body, with these headers.
fn answer(server: &ServerProcess, port: u16, line: &str, headers: &str) -> String {
    server.raw_to(port, &format!("{line} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n"))
}

/// Sends a request in both languages and in none, for which English is the default. `texts` are the message in English and in Korean.
#[track_caller]
fn has_both(server: &ServerProcess, port: u16, line: &str, headers: &str, texts: [&str; 2]) {
    for (accepted, tag, text) in [
        ("Accept-Language: ko-KR\r\nAccept-Language: en;q=0.9\r\n", "ko", texts[1]),
        ("Accept-Language: en\r\n", "en", texts[0]),
        ("Accept-Language: ko;q=x\r\n", "en", texts[0]),
        ("", "en", texts[0]),
    ] {
        let answer = answer(server, port, line, &format!("{headers}{accepted}"));
        assert!(answer.contains(&format!("\r\ncontent-language: {tag}\r\n")), "{line} {accepted}: {answer}");
        assert!(answer.contains(&format!("\"message\":\"{text}\"")), "{line} {accepted}: {answer}");
    }
}

#[test]
fn each_message_of_the_server_itself_is_in_the_language_of_its_client() {
    let embedded = ServerProcess::on_free_ports(&[]);
    let existing = ["--port", "0", "--dynamodb-endpoint", embedded.value("dynamodb:")];
    let server = ServerProcess::start(command(&existing));
    let (port, host) = (server.port(), "Host: localhost\r\n");
    has_both(&server, port, "POST /__local/reset", host, NOT_EMBEDDED);
    has_both(&server, port, "GET /__local/health", "Host: evil.example\r\n", FOREIGN_HOST);
    has_both(&server, port, "POST /v1/payments", "Host: localhost\r\nOrigin: null\r\n", FOREIGN_ORIGIN);
    has_both(&server, port, "GET /nothing", host, NO_ROUTE);
    has_both(&server, port, "POST /v1/payments", "Host: localhost\r\nTransfer-Encoding: gzip, chunked\r\n", INCOMPLETE);
    let dynamodb = embedded.dynamodb_port();
    has_both(&embedded, dynamodb, "POST /", "Host: evil.example\r\n", FOREIGN_HOST);
    has_both(&embedded, dynamodb, "POST /", "Host: localhost\r\nOrigin: null\r\n", FOREIGN_ORIGIN);
    drop(embedded);
    has_both(&server, port, "GET /__local/health", host, UNAVAILABLE);
}

#[test]
fn the_default_language_is_that_of_the_environment() {
    let in_korean = |arguments: &[&str]| {
        let mut command = command(arguments);
        command.env("PAYMENTS_LANGUAGE", "ko");
        ServerProcess::start(command)
    };
    let server = in_korean(&["--port", "0", "--dynamodb-port", "0"]);
    for (port, headers, message) in [
        (server.port(), "Host: localhost\r\n", NO_ROUTE[1]),
        (server.port(), "Host: localhost\r\nAccept-Language: fr\r\n", NO_ROUTE[1]),
        (server.port(), "Host: localhost\r\nAccept-Language: en\r\n", NO_ROUTE[0]),
        (server.dynamodb_port(), "Host: evil.example\r\n", FOREIGN_HOST[1]),
        (server.dynamodb_port(), "Host: evil.example\r\nAccept-Language: en\r\n", FOREIGN_HOST[0]),
    ] {
        let answer = answer(&server, port, "GET /nothing", headers);
        assert!(answer.contains(message), "{headers}: {answer}");
    }
    let existing = in_korean(&["--port", "0", "--dynamodb-endpoint", server.value("dynamodb:")]);
    let reset = answer(&existing, existing.port(), "POST /__local/reset", "Host: localhost\r\n");
    assert!(reset.contains(NOT_EMBEDDED[1]), "{reset}");
    let payment = answer(&server, server.port(), "GET /v1/payments/pay_1", "Host: localhost\r\n");
    assert!(payment.contains("인증에 실패했습니다."), "the functions have the same default: {payment}");
}

#[test]
fn a_language_that_the_server_does_not_have_is_an_error_of_one_line() {
    let says = start_failure(command(&["--port", "0", "--dynamodb-port", "0"]).env("PAYMENTS_LANGUAGE", "fr"));
    assert_eq!(says, "error: PAYMENTS_LANGUAGE must be `en` or `ko`\n");
}
