//! An existing DynamoDB instead of the embedded one.

use crate::server::{DataFile, ServerProcess, TERMS, command, start_failure};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

#[test]
fn an_existing_dynamodb_replaces_the_embedded_one() {
    let with_dynamodb = ServerProcess::on_free_ports(&[]);
    let endpoint = with_dynamodb.value("dynamodb:");
    let over_it = |more: &[&str]| command(&[&["--port", "0", "--dynamodb-endpoint", endpoint], more].concat());

    let server = ServerProcess::start(over_it(&[]));
    assert_eq!(server.value("dynamodb:"), endpoint);
    assert_eq!(server.post("/v1/payments", TERMS).0, 200);
    assert_eq!(with_dynamodb.post("/v1/payments/confirm", TERMS).0, 200, "both servers have the same payments");

    let says = start_failure(over_it(&[]).env("TABLE_NAME", "another_table"));
    assert!(
        says.contains("another_table") && says.contains("--create-table"),
        "a table is only created with --create-table: {says}"
    );
    for _ in 0..2 {
        let mut creating = over_it(&["--create-table"]);
        creating.env("TABLE_NAME", "another_table");
        let server = ServerProcess::start(creating);
        assert_eq!(
            server.post("/v1/payments/confirm", TERMS).0,
            404,
            "the other table is empty, and stays when asked again"
        );
    }
}

#[test]
fn a_table_without_the_index_gets_it_only_with_create_table() {
    let with_dynamodb = ServerProcess::on_free_ports(&[]);
    let endpoint = with_dynamodb.value("dynamodb:");
    assert_eq!(with_dynamodb.post("/v1/payments", TERMS).0, 200);
    let drop_the_index = || {
        let update = r#"{"TableName":"payments","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"orderId-createdAt-index"}}]}"#;
        let answer = with_dynamodb.dynamodb("UpdateTable", update);
        assert!(answer.contains("TableDescription"), "{answer}");
    };
    drop_the_index();
    let over_it = |more: &[&str]| command(&[&["--port", "0", "--dynamodb-endpoint", endpoint], more].concat());

    let says = start_failure(&mut over_it(&[]));
    for named in ["payments", "index", "--create-table", "template"] {
        assert!(says.contains(named), "{named}: {says}");
    }
    let server = ServerProcess::start(over_it(&["--create-table"]));
    let (status, listed) = server.get("/v1/payments/orders/order_1");
    assert!(status == 200 && listed.contains(r#""paymentKey":"pay_1""#), "{listed}");

    assert_eq!(server.ask("GET", "/__local/health").0, 200);
    drop_the_index();
    assert_eq!(server.ask("GET", "/__local/health").0, 503, "it cannot list");
    assert_eq!(server.get("/v1/payments/orders/order_1").0, 500, "waiting does not bring the index back");
    assert_eq!(server.get("/v1/payments/pay_1").0, 200);
}

/// Starts a server over a DynamoDB that only listens. Returns the access key and the region of the first request to it.
fn asked_as(variables: &[(&str, &str)]) -> String {
    let dynamodb = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("http://{}", dynamodb.local_addr().expect("its address"));
    let mut server = command(&["--port", "0", "--dynamodb-endpoint", &endpoint]);
    let aws = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_PROFILE"];
    for name in aws {
        server.env_remove(name);
    }
    server
        .env("AWS_CONFIG_FILE", "/nowhere")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
        .envs(variables.iter().copied());
    let mut server = server.spawn().expect("the binary starts");
    let (stream, _) = dynamodb.accept().expect("it looks for the table");
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    let credential = lines.filter_map(|line| Some(line.split_once("Credential=")?.1.to_owned())).next();
    drop(server.kill());
    drop(server.wait());
    let credential = credential.expect("the request is signed");
    let mut parts = credential.split('/');
    let (key, region) = (parts.next().expect("an access key"), parts.nth(1).expect("a region"));
    format!("{key} in {region}")
}

#[test]
fn an_existing_dynamodb_gets_the_credentials_of_the_environment_or_the_profile() {
    let profile = DataFile::new("profile");
    let text = "[default]\nregion = eu-west-1\naws_access_key_id = fromprofile\naws_secret_access_key = secret\n";
    fs::write(profile.path(), text).expect("a file");
    let environment =
        [("AWS_ACCESS_KEY_ID", "fromenvironment"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_REGION", "us-east-1")];
    let with_profile = ("AWS_CONFIG_FILE", profile.path());
    assert_eq!(asked_as(&[]), "local in ap-northeast-2", "what DynamoDB Local accepts, and AWS refuses");
    assert_eq!(asked_as(&[with_profile]), "fromprofile in eu-west-1");
    assert_eq!(asked_as(&[&[with_profile][..], &environment].concat()), "fromenvironment in us-east-1");
}

#[test]
fn an_unusable_dynamodb_is_an_error_of_one_line_that_says_what_to_do() {
    let nobody = "http://127.0.0.1:1";
    for more in [&[][..], &["--create-table"]] {
        let says = start_failure(&mut command(&[&["--port", "0", "--dynamodb-endpoint", nobody], more].concat()));
        assert!(says.contains(nobody) && says.contains("--dynamodb-endpoint"), "{says}");
    }
    for wrong in [
        &["--dynamodb-endpoint", "localhost:8000"][..],
        &["--dynamodb-endpoint", nobody, "--data", "file"],
        &["--dynamodb-endpoint", nobody, "--dynamodb-port", "0"],
        &["--create-table"],
    ] {
        let output = command(wrong).output().expect("the binary starts");
        let says = String::from_utf8(output.stderr).expect("text");
        assert!(!output.status.success() && says.contains("--dynamodb-endpoint"), "{wrong:?}: {says}");
    }
}

/// A DynamoDB that returns no item when a condition fails, like DynamoDB Local before 2.2 and dynalite. It answers the requests of a
/// start, and passes on their bodies.
fn without_all_old() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("its address"));
    let (asked, bodies) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, asked) = (stream.expect("a client"), asked.clone());
            thread::spawn(move || answer_without_all_old(BufReader::new(stream), &asked));
        }
    });
    (endpoint, bodies)
}

/// A table with its index.
const DESCRIBED: &str = r#"{"Table":{"TableStatus":"ACTIVE","GlobalSecondaryIndexes":[{"IndexName":"orderId-createdAt-index","IndexStatus":"ACTIVE"}]}}"#;

/// Answers the requests of one connection until the client closes it.
fn answer_without_all_old(mut stream: BufReader<TcpStream>, asked: &mpsc::Sender<String>) {
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let head = head.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).expect("a length").trim();
        let mut body = vec![0; length.parse().expect("a number")];
        stream.read_exact(&mut body).expect("a body");
        let body = String::from_utf8(body).expect("text");
        let (status, answer) = if head.contains("describetable") {
            (200, DESCRIBED)
        } else if body.contains("ConditionExpression") {
            (400, r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}"#)
        } else {
            (200, "{}")
        };
        drop(asked.send(body));
        let length = answer.len();
        let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n{answer}");
        stream.get_mut().write_all(answer.as_bytes()).expect("it reads");
    }
}

#[test]
fn a_dynamodb_without_all_old_is_refused_and_no_payment_is_touched() {
    for more in [&[][..], &["--create-table"]] {
        let (endpoint, asked) = without_all_old();
        let says = start_failure(&mut command(&[&["--port", "0", "--dynamodb-endpoint", &endpoint], more].concat()));
        for named in [&endpoint, "ALL_OLD", "DynamoDB Local 2.2"] {
            assert!(says.contains(named), "{named}: {says}");
        }
        let about_items: Vec<_> = asked.try_iter().filter(|body| body.contains("\"paymentKey\":{")).collect();
        assert!(about_items.len() >= 3, "{about_items:?}");
        // A payment key has no parentheses.
        assert!(about_items.iter().all(|body| body.contains(r#""paymentKey":{"S":"(probe)"}"#)), "{about_items:?}");
    }
}

#[test]
fn a_start_leaves_nothing_in_an_existing_dynamodb() {
    let with_dynamodb = ServerProcess::on_free_ports(&[]);
    let endpoint = with_dynamodb.value("dynamodb:");
    let server = ServerProcess::start(command(&["--port", "0", "--dynamodb-endpoint", endpoint]));
    let items = with_dynamodb.items();
    assert!(items.contains(r#""Count":0"#), "{items}");
    assert_eq!(server.post("/v1/payments", TERMS).0, 200);
    let items = with_dynamodb.items();
    assert!(items.contains(r#""Count":1"#), "the table that was scanned is that of the payments: {items}");
}

#[test]
fn a_dynamodb_on_another_machine_needs_a_key_that_is_not_published() {
    // Nothing can be reached there (RFC 5737). A start that is not refused because of the key fails with another message.
    let elsewhere = ["--port", "0", "--dynamodb-endpoint", "http://192.0.2.1:1"];
    let says = start_failure(&mut command(&elsewhere));
    for named in ["192.0.2.1", "PAYMENTS_SECRET_KEY", "PAYMENTS_SECRET_KEY_SHA256"] {
        assert!(says.contains(named), "{named}: {says}");
    }
    let here =
        command(&["--port", "0", "--dynamodb-endpoint", "http://127.0.0.1:1"]).output().expect("the binary starts");
    let says = String::from_utf8(here.stderr).expect("text");
    assert!(says.contains("cannot use the DynamoDB") && !says.contains("published"), "{says}");
    for (name, key) in [("PAYMENTS_SECRET_KEY", "own"), ("PAYMENTS_SECRET_KEY_SHA256", &"a".repeat(64))] {
        let mut with_a_key = command(&["--port", "0", "--dynamodb-endpoint", "http://db.invalid:1"]);
        let says = start_failure(with_a_key.env(name, key));
        assert!(says.contains("cannot use the DynamoDB"), "the key is accepted: {says}");
    }
}
