//! The local server as its users start it: options, output, how it ends, and its errors when it cannot start.

use crate::server::{DataFile, REASON, ServerProcess, TERMS, command, start_failure};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn it_prints_its_addresses_and_serves() {
    let server = ServerProcess::on_free_ports(&[]);
    assert!(server.value("payments:").starts_with("http://localhost:"));
    assert!(server.value("dynamodb:").starts_with("http://localhost:"));
    assert_eq!(server.value("key:"), "Authorization: Basic dGVzdF9za19kdW1teTo=");
    assert_eq!(server.post("/v1/payments", TERMS).0, 200);

    let paste = server.value("try:").replace("pay_1", "pay_2");
    let pasted = Command::new("sh").args(["-c", &paste]).output().expect("a shell");
    let pasted = String::from_utf8_lossy(&pasted.stdout).into_owned();
    assert!(pasted.contains("200 OK") && pasted.contains("INITIATED"), "the line must work as printed: {pasted}");
}

#[test]
fn a_configured_key_is_not_printed() {
    let mut own = command(&["--port", "0", "--dynamodb-port", "0"]);
    own.env("PAYMENTS_SECRET_KEY", "live_sk_canary");
    let server = ServerProcess::start(own);
    let printed = server.printed.join("\n");
    assert!(!printed.contains("live_sk_canary"), "{printed}");
    assert!(!printed.contains("bGl2ZV9za19jYW5hcnk"), "the header holds the key: {printed}");
    assert!(server.value("key:").contains("PAYMENTS_SECRET_KEY"), "it says which key is meant: {printed}");
}

/// F13 of docs/reliability.md.
#[test]
fn a_request_is_carried_out_although_its_client_disconnects() {
    const REQUESTS: usize = 100;
    let server = ServerProcess::on_free_ports(&[]);
    let terms = |n: usize| format!(r#"{{"paymentKey":"cut_{n}","orderId":"order_1","amount":10000}}"#);
    for n in 0..REQUESTS {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port())).expect("it listens");
        let body = terms(n);
        write!(
            stream,
            "POST /v1/payments HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic dGVzdF9za19kdW1teTo=\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("it reads");
    }
    let deadline = Instant::now() + Duration::from_secs(10);
    let created = |n: &usize| {
        while server.post("/v1/payments/confirm", &terms(*n)).0 != 200 {
            if Instant::now() > deadline {
                return false;
            }
        }
        true
    };
    assert_eq!(
        (0..REQUESTS).filter(created).count(),
        REQUESTS,
        "Lambda finishes such a request, and so must a local server"
    );
}

#[test]
fn a_body_that_is_cut_off_gets_400_and_not_413() {
    let server = ServerProcess::on_free_ports(&[]);
    let head = "POST /v1/payments HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic dGVzdF9za19kdW1teTo=\r\n\
                Content-Type: application/json\r\n";
    for broken in ["Transfer-Encoding: chunked\r\n\r\nzz\r\n", "Content-Length: 100\r\n\r\n{\"paymentKey\""] {
        let answer = server.raw(&format!("{head}{broken}"));
        assert!(answer.starts_with("HTTP/1.1 400"), "{broken:?} was answered: {answer}");
        // hyper answers what it cannot read itself, with an empty body; what reaches the front end has a code.
        assert!(!answer.contains("PAYLOAD_TOO_LARGE"), "{answer}");
    }
}

#[test]
fn ctrl_c_and_a_supervisors_signal_end_it_cleanly() {
    for signal in ["-INT", "-TERM"] {
        let server = ServerProcess::on_free_ports(&[]);
        assert_eq!(server.post("/v1/payments", TERMS).0, 200);
        let idle = TcpStream::connect(("127.0.0.1", server.port())).expect("it listens");
        server.signal(signal);
        assert_eq!(server.ended(), (Some(0), String::new()), "{signal}");
        drop(idle);
    }
}

/// A supervisor may send its signal as soon as the server prints its address.
#[test]
fn a_signal_right_after_the_start_ends_it_cleanly() {
    for signal in ["INT", "TERM"].repeat(10) {
        let mut server = command(&["--port", "0", "--dynamodb-port", "0"]).spawn().expect("the binary starts");
        let mut kill = Command::new("sh");
        let kill = kill.args(["-c", &format!("read -r _ && kill -{signal} {}", server.id())]).stdin(Stdio::piped());
        let mut kill = kill.spawn().expect("a shell");
        let mut lines = BufReader::new(server.stdout.take().expect("piped")).lines();
        assert!(lines.next().expect("a line").expect("text").starts_with("payments:"));
        writeln!(kill.stdin.take().expect("piped")).expect("the shell reads");
        let status = server.wait().expect("a status");
        assert_eq!(status.code(), Some(0), "{signal}: {status}");
        drop(kill.wait());
    }
}

#[test]
fn payments_survive_a_restart_and_a_kill_with_a_data_file() {
    let data = DataFile::new("restart");
    let server = ServerProcess::on_free_ports(&["--data", data.path()]);
    assert_eq!(server.post("/v1/payments", TERMS).0, 200);
    let approved = server.post("/v1/payments/confirm", TERMS);
    assert_eq!(approved.0, 200);
    server.signal("-INT");
    assert_eq!(server.ended().0, Some(0));

    let server = ServerProcess::on_free_ports(&["--data", data.path()]);
    assert_eq!(server.post("/v1/payments/confirm", TERMS), approved, "the first answer, after a restart");
    let canceled = server.post("/v1/payments/pay_1/cancel", REASON);
    assert_eq!(canceled.0, 200);
    server.signal("-KILL");
    drop(server.ended());

    let server = ServerProcess::on_free_ports(&["--data", data.path()]);
    assert_eq!(server.post("/v1/payments/pay_1/cancel", REASON), canceled, "the first answer, after a kill");
}

#[test]
fn without_a_data_file_payments_end_with_the_program() {
    for _ in 0..2 {
        let server = ServerProcess::on_free_ports(&[]);
        assert_eq!(server.post("/v1/payments/confirm", TERMS).0, 404);
        assert_eq!(server.post("/v1/payments", TERMS).0, 200);
    }
}

#[test]
fn the_environment_configures_the_server_like_a_function() {
    let mut digest = command(&["--port", "0", "--dynamodb-port", "0"]);
    digest.env("PAYMENTS_SECRET_KEY_SHA256", "a".repeat(64));
    let server = ServerProcess::start(digest);
    assert_eq!(server.post("/v1/payments", TERMS).0, 401, "the default key is valid only where no other is set");

    let mut receipts = command(&["--port", "0", "--dynamodb-port", "0"]);
    receipts.env("RECEIPT_BASE_URL", "https://receipts.example/").env("PAYMENTS_SECRET_KEY", "");
    let server = ServerProcess::start(receipts);
    assert_eq!(server.post("/v1/payments", TERMS).0, 200, "an empty variable counts as absent");
    assert!(server.post("/v1/payments/confirm", TERMS).1.contains("\"https://receipts.example/pay_1\""));
}

#[test]
fn a_host_lets_others_reach_both_ports() {
    let server = ServerProcess::on_free_ports(&["--host", "0.0.0.0"]);
    assert_eq!(server.post("/v1/payments", TERMS).0, 200);
    assert!(server.value("payments:").starts_with("http://localhost:"), "an address that can be pasted");
}

#[test]
fn an_unusable_data_file_is_an_error_of_one_line_that_says_what_to_do() {
    let data = DataFile::new("bad");
    fs::write(data.path(), "this is not a database, but long enough to be read as one".repeat(100)).unwrap();
    let folder = data.0.parent().expect("a folder").to_str().expect("UTF-8").to_owned();
    for bad in [data.path(), "/no/such/folder/payments.db", &folder] {
        let says = start_failure(&mut command(&["--port", "0", "--dynamodb-port", "0", "--data", bad]));
        assert!(says.contains(bad) && says.contains("--data"), "{says}");
    }
}

#[test]
fn an_invalid_key_is_an_error_of_one_line_that_names_the_setting() {
    for (name, value) in [
        ("PAYMENTS_SECRET_KEY", " "),
        ("PAYMENTS_SECRET_KEY", "s3cr3t:"),
        ("PAYMENTS_SECRET_KEY", "s3cr3t\n"),
        ("PAYMENTS_SECRET_KEY_SHA256", "s3cr3t"),
    ] {
        let says = start_failure(command(&["--port", "0", "--dynamodb-port", "0"]).env(name, value));
        assert!(says.contains(name) && !says.contains("s3cr3t"), "{says}");
    }
}

#[test]
fn help_lists_every_option() {
    let help = command(&["--help"]).output().expect("the binary starts");
    let help = String::from_utf8(help.stdout).expect("text");
    for option in [
        "--host",
        "--port",
        "--dynamodb-port",
        "--data",
        "--dynamodb-endpoint",
        "--create-table",
        "--receipts",
        "--allow-host",
        "--help",
        "PAYMENTS_SECRET_KEY",
    ] {
        assert!(help.contains(option), "{option} is missing in {help}");
    }
}
