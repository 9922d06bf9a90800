//! The server's own paths for integrators' tests.

use crate::server::{DataFile, REASON, ServerProcess, TERMS, command};
use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

const READY: (u16, &str) = (200, r#"{"status":"READY"}"#);
const EMPTY: (u16, &str) = (200, r#"{"status":"EMPTY"}"#);

impl ServerProcess {
    fn health(&self) -> (u16, String) {
        self.ask("GET", "/__local/health")
    }

    fn reset(&self) -> (u16, String) {
        self.ask("POST", "/__local/reset")
    }
}

fn is((status, body): &(u16, String), expected: (u16, &str)) -> bool {
    (*status, body.as_str()) == expected
}

#[test]
fn a_running_server_is_ready() {
    let server = ServerProcess::on_free_ports(&[]);
    let health = server.health();
    assert!(is(&health, READY), "{health:?}");
    assert_eq!(server.ask("HEAD", "/__local/health"), (200, String::new()), "some tools wait with HEAD");
}

#[test]
fn a_reset_deletes_payments_in_every_state_and_the_server_continues() {
    // More than the server deletes in one step.
    const PAYMENTS: usize = 60;
    let server = ServerProcess::on_free_ports(&[]);
    let reset = server.reset();
    assert!(is(&reset, EMPTY), "an empty table can be reset: {reset:?}");

    let terms = |n: usize| format!(r#"{{"paymentKey":"pay_{n}","orderId":"order_1","amount":10000}}"#);
    for n in 0..PAYMENTS {
        assert_eq!(server.post("/v1/payments", &terms(n)).0, 200);
        if n % 3 > 0 {
            assert_eq!(server.post("/v1/payments/confirm", &terms(n)).0, 200);
        }
        if n % 3 > 1 {
            assert_eq!(server.post(&format!("/v1/payments/pay_{n}/cancel"), REASON).0, 200);
        }
    }
    let reset = server.reset();
    assert!(is(&reset, EMPTY), "{reset:?}");
    for n in 0..PAYMENTS {
        assert_eq!(server.post("/v1/payments/confirm", &terms(n)).0, 404, "payment {n} is still there");
    }
    let created = server.post("/v1/payments", &terms(2));
    assert!(created.1.contains("INITIATED"), "the key of a canceled payment is free again: {created:?}");
    assert!(is(&server.health(), READY));
}

#[test]
fn a_request_during_a_reset_is_answered_as_before_or_after_it() {
    let server = ServerProcess::on_free_ports(&[]);
    let resets = AtomicBool::new(true);
    let answers = thread::scope(|scope| {
        let clients = [0, 1].map(|client| {
            let (server, resets) = (&server, &resets);
            scope.spawn(move || {
                let mut statuses = BTreeSet::new();
                for n in (0..).take_while(|_| resets.load(Ordering::Relaxed)) {
                    let terms = format!(r#"{{"paymentKey":"pay_{client}_{n}","orderId":"order_1","amount":10000}}"#);
                    for path in ["/v1/payments", "/v1/payments/confirm"] {
                        statuses.insert(server.post(path, &terms).0);
                    }
                }
                statuses
            })
        });
        let emptied = (0..20).filter(|_| is(&server.reset(), EMPTY)).count();
        resets.store(false, Ordering::Relaxed);
        assert_eq!(emptied, 20, "a reset finishes although payments are created at the same time");
        clients.into_iter().flat_map(|client| client.join().expect("a client")).collect::<BTreeSet<u16>>()
    });
    assert!(answers.is_subset(&BTreeSet::from([200, 404])), "{answers:?}");
}

#[test]
fn a_reset_empties_the_data_file_too() {
    let data = DataFile::new("reset");
    let server = ServerProcess::on_free_ports(&["--data", data.path()]);
    assert_eq!(server.post("/v1/payments", TERMS).0, 200);
    assert!(is(&server.reset(), EMPTY));
    server.signal("-KILL");
    drop(server.ended());
    let server = ServerProcess::on_free_ports(&["--data", data.path()]);
    assert_eq!(server.post("/v1/payments/confirm", TERMS).0, 404);
}

#[test]
fn an_existing_dynamodb_is_never_emptied() {
    let with_dynamodb = ServerProcess::on_free_ports(&[]);
    let endpoint = with_dynamodb.value("dynamodb:");
    let server = ServerProcess::start(command(&["--port", "0", "--dynamodb-endpoint", endpoint]));
    assert_eq!(server.post("/v1/payments", TERMS).0, 200);

    let (status, body) = server.reset();
    assert_eq!(status, 409);
    assert!(body.contains(r#""code":"NOT_EMBEDDED""#) && body.contains("--dynamodb-endpoint"), "{body}");
    assert_eq!(server.post("/v1/payments/confirm", TERMS).0, 200, "the payment is still there");
}

#[test]
fn a_health_check_stores_nothing() {
    let server = ServerProcess::on_free_ports(&[]);
    for _ in 0..3 {
        assert!(is(&server.health(), READY));
    }
    let items = server.items();
    assert!(items.contains(r#""Count":0"#), "{items}");
}

/// To the program, a limit on the size of files is the same as a full disk.
#[test]
#[cfg(unix)]
fn a_server_with_a_full_disk_is_not_ready() {
    let data = DataFile::new("full");
    let program = command(&[]);
    let mut limited = Command::new("sh");
    // Units of 512 or of 1,024 bytes, as the shell has it. XFSZ ends a process that does not ignore it.
    limited.args(["-c", "trap '' XFSZ; ulimit -f 512; exec \"$0\" --port 0 --dynamodb-port 0 --data \"$1\""]);
    limited.arg(program.get_program()).arg(data.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let server = ServerProcess::start(limited);
    assert!(is(&server.health(), READY));
    let reason = "x".repeat(200);
    let mut refused = None;
    for n in 0..2000 {
        let key = format!("{n:0>200}");
        let terms = format!(r#"{{"paymentKey":"{key}","orderId":"order_1","amount":10000}}"#);
        let canceled = format!(r#"{{"cancelReason":"{reason}","cancelAmount":10000}}"#);
        let steps = [("/v1/payments", &terms), ("/v1/payments/confirm", &terms)];
        let cancel = format!("/v1/payments/{key}/cancel");
        let statuses =
            steps.into_iter().chain([(cancel.as_str(), &canceled)]).map(|(path, body)| server.post(path, body).0);
        refused = statuses.into_iter().find(|status| *status != 200);
        if refused.is_some() {
            break;
        }
    }
    assert_eq!(refused, Some(503), "the disk is full");
    let (status, body) = server.health();
    assert!(status == 503 && body.contains("SERVICE_UNAVAILABLE"), "{status} {body}");
}

#[test]
fn a_server_that_lost_its_dynamodb_is_not_ready_and_prints_the_cause_only_to_standard_error() {
    let with_dynamodb = ServerProcess::on_free_ports(&[]);
    let endpoint = with_dynamodb.value("dynamodb:").to_owned();
    let server = ServerProcess::start(command(&["--port", "0", "--dynamodb-endpoint", &endpoint]));
    assert!(is(&server.health(), READY));
    with_dynamodb.signal("-INT");
    assert_eq!(with_dynamodb.ended().0, Some(0));

    let (status, body) = server.health();
    assert_eq!(status, 503);
    assert!(body.contains(r#""code":"SERVICE_UNAVAILABLE""#) && !body.contains("refused"), "{body}");
    server.signal("-INT");
    let (_, errors) = server.ended();
    assert!(errors.contains("refused"), "{errors}");
}

#[test]
fn the_servers_own_paths_are_routed_like_all_others() {
    let server = ServerProcess::on_free_ports(&[]);
    for (method, path, status, allow) in [
        ("POST", "/__local/health", 405, "allow: GET, HEAD\r\n"),
        ("GET", "/__local/reset", 405, "allow: POST\r\n"),
        ("GET", "/__local/x", 404, ""),
        ("POST", "/__local/", 405, "allow: GET\r\n"),
        ("GET", "/__local/health/", 404, ""),
        ("POST", "/__LOCAL/reset", 404, ""),
    ] {
        let answer = server.raw(&format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{method} {path}: {answer}");
        assert!(answer.contains(allow), "{method} {path}: {answer}");
    }
}
