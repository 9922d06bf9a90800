//! How the function's binary starts: which DynamoDB it uses, and what it prints when it cannot start.

use crate::BINARY;
use payments_http::PUBLISHED_KEY;
use payments_store::LIMITS;
use payments_test_function::{FunctionProcess, SECRET_KEY, body_of, event, sha256};
use payments_test_table::{Table, Wire, empty_table};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, fs};
use tokio::io::{AsyncReadExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

const KEY: (&str, &str) = ("PAYMENTS_SECRET_KEY", SECRET_KEY);
/// Nothing listens there.
const NOBODY: &str = "http://127.0.0.1:1";
/// With these set, root certificates are loaded from here only.
const NO_CERTIFICATES: [(&str, &str); 2] = [("SSL_CERT_FILE", "/nowhere.pem"), ("SSL_CERT_DIR", "/nowhere")];

/// The status of a confirm of a payment that does not exist: 404 if the function reaches the table.
async fn confirm_with(table: &Table, variables: &[(&str, &str)]) -> u16 {
    let table = ("TABLE_NAME", table.name.as_str());
    let function = FunctionProcess::start(BINARY, &[&[KEY, table], variables].concat()).await;
    function.invoke(confirm(SECRET_KEY)).await.status
}

/// A confirm of a payment that does not exist, with this secret key.
fn confirm(secret_key: &str) -> Value {
    event("confirm", secret_key, "pay_1", &body_of("confirm", "pay_1"))
}

/// A file that only one test uses, and that is deleted at the end.
struct TemporaryFile(PathBuf);

impl TemporaryFile {
    fn new(name: &str, text: &str) -> Self {
        let path = env::temp_dir().join(format!("atdd-payments-{name}-{}", std::process::id()));
        fs::write(&path, text).expect("a file");
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("UTF-8")
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}

/// Serves an http endpoint over https. Returns the new endpoint and its certificate, in PEM.
async fn with_tls(endpoint: &str) -> (String, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![cert.der().clone()], key);
    let acceptor = TlsAcceptor::from(Arc::new(config.expect("a certificate with its key")));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("its address").port();
    let plain = endpoint.trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, plain) = (acceptor.clone(), plain.clone());
            tokio::spawn(async move {
                let mut secure = acceptor.accept(stream).await?;
                copy_bidirectional(&mut secure, &mut TcpStream::connect(plain).await?).await
            });
        }
    });
    (format!("https://localhost:{port}"), cert.pem())
}

/// The output of a function that does not start.
async fn failure_with(variables: &[(&str, &str)]) -> String {
    FunctionProcess::start(BINARY, variables).await.failed_to_start().await.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_endpoint_comes_from_the_variables_of_the_aws_sdks() {
    let table = empty_table().await;
    let endpoint = table.endpoint.as_str();
    let places: [&[(&str, &str)]; 4] = [
        &[("AWS_ENDPOINT_URL_DYNAMODB", endpoint)],
        &[("AWS_ENDPOINT_URL", endpoint)],
        &[("AWS_ENDPOINT_URL_DYNAMODB", endpoint), ("AWS_ENDPOINT_URL", NOBODY)],
        &[("AWS_ENDPOINT_URL_DYNAMODB", ""), ("AWS_ENDPOINT_URL", endpoint)],
    ];
    for place in places {
        assert_eq!(confirm_with(&table, place).await, 404, "the table must be reached with {place:?}");
    }
}

/// F38 of docs/reliability.md: without its keys, the service does not start.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_setting_is_named() {
    let written = failure_with(&[KEY]).await;
    assert!(written.contains("AWS_ENDPOINT_URL_DYNAMODB"), "a local run must not reach a real account: {written}");
    let written = failure_with(&[("AWS_ENDPOINT_URL_DYNAMODB", NOBODY)]).await;
    assert!(written.contains("PAYMENTS_SECRET_KEY_SHA256"), "{written}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_of_messages_is_a_setting_that_is_checked_at_the_start() {
    let korean = ("PAYMENTS_LANGUAGE", "ko");
    let function = FunctionProcess::start(BINARY, &[KEY, ("AWS_ENDPOINT_URL", NOBODY), korean]).await;
    let answer = function.invoke(confirm("another")).await;
    assert_eq!((answer.status, answer.header("content-language")), (401, Some("ko")), "{answer}");
    let written = failure_with(&[KEY, ("AWS_ENDPOINT_URL", NOBODY), ("PAYMENTS_LANGUAGE", "korean")]).await;
    assert!(written.contains("PAYMENTS_LANGUAGE must be `en` or `ko`"), "{written}");
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_are_a_setting_that_is_checked_at_the_start() {
    let written = failure_with(&[KEY, ("AWS_ENDPOINT_URL", NOBODY), ("RECEIPT_PAGES", "yes")]).await;
    assert!(written.contains("RECEIPT_PAGES must be `on` or `off`"), "{written}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_in_lambda_does_not_start_with_the_published_key() {
    let published = ("PAYMENTS_SECRET_KEY", PUBLISHED_KEY);
    let written = failure_with(&[published, ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")]).await;
    assert!(written.contains("PAYMENTS_SECRET_KEY must not contain the published test key"), "{written}");
    assert!(!written.contains(PUBLISHED_KEY), "{written}");
}

#[tokio::test(flavor = "multi_thread")]
async fn f37_during_a_rotation_both_keys_are_valid_and_then_only_the_new_one() {
    let table = empty_table().await;
    let (old, new) = (sha256("old_sk_1"), sha256("new_sk_2"));
    for (digests, old_is_valid, new_is_valid) in [
        (old.clone(), true, false),
        (format!("{old},{new}"), true, true),
        (format!("{new}, {old}"), true, true),
        (new.to_uppercase(), false, true),
    ] {
        let variables = [
            ("PAYMENTS_SECRET_KEY_SHA256", digests.as_str()),
            ("AWS_ENDPOINT_URL_DYNAMODB", &table.endpoint),
            ("TABLE_NAME", &table.name),
        ];
        let function = FunctionProcess::start(BINARY, &variables).await;
        for (key, is_valid) in [("old_sk_1", old_is_valid), ("new_sk_2", new_is_valid), (SECRET_KEY, false)] {
            let answer = function.invoke(confirm(key)).await;
            assert_eq!(answer.status, if is_valid { 404 } else { 401 }, "{key} with {digests}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_request_uses_the_connection_of_the_start_and_is_one_write() {
    let table = empty_table().await;
    let wire = Wire::to(&table.endpoint).await;
    let endpoint = ("AWS_ENDPOINT_URL_DYNAMODB", wire.endpoint.as_str());
    assert_eq!(confirm_with(&table, &[endpoint]).await, 404);
    assert_eq!(wire.requests(), ["GET / HTTP/1.1", "UpdateItem"]);
    assert_eq!(wire.connections(), 1, "the write must go over the connection of the start");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connection_of_the_start_sends_no_credentials_and_no_call() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("its address");
    let endpoint = format!("http://{address}");
    let _function = FunctionProcess::start(BINARY, &[KEY, ("AWS_ENDPOINT_URL_DYNAMODB", &endpoint)]).await;
    let connection =
        timeout(Duration::from_secs(30), listener.accept()).await.expect("a function connects at its start");
    let (mut stream, _) = connection.expect("a connection");
    let expected = format!("GET / HTTP/1.1\r\nhost: {address}\r\n\r\n");
    let mut sent = Vec::new();
    // The function gives up and closes, so this is all that it sends.
    stream.read_to_end(&mut sent).await.expect("an end");
    assert_eq!(String::from_utf8_lossy(&sent), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dynamodb_that_does_not_answer_only_delays_the_start() {
    let deaf = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("http://{}", deaf.local_addr().expect("its address"));
    for endpoint in [endpoint.as_str(), NOBODY] {
        let started = Instant::now();
        let function = FunctionProcess::start(BINARY, &[KEY, ("AWS_ENDPOINT_URL_DYNAMODB", endpoint)]).await;
        assert_eq!(function.invoke(confirm(SECRET_KEY)).await.status, 503, "{endpoint}");
        assert!(started.elapsed() < LIMITS.connect + Duration::from_secs(5), "{:?}", started.elapsed());
        let log = function.end().join("\n");
        assert!(log.contains("no connection to DynamoDB yet"), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trust_store_without_certificates_is_an_error_that_names_the_setting() {
    let table = empty_table().await;
    let endpoint = ("AWS_ENDPOINT_URL_DYNAMODB", table.endpoint.as_str());
    assert_eq!(confirm_with(&table, &[&NO_CERTIFICATES[..], &[endpoint]].concat()).await, 404, "they are built in");

    let system = [KEY, endpoint, ("TRUST_STORE", "system")];
    let written = failure_with(&[&NO_CERTIFICATES[..], &system].concat()).await;
    assert!(written.contains("TRUST_STORE") && written.contains("SSL_CERT_FILE"), "{written}");
    assert!(!written.contains("panic"), "{written}");
}

/// F32 of docs/reliability.md: a wrong certificate.
#[tokio::test(flavor = "multi_thread")]
async fn an_https_endpoint_is_verified_with_the_trust_store() {
    let table = empty_table().await;
    let (endpoint, certificate) = with_tls(&table.endpoint).await;
    let (_, of_another) = with_tls(&table.endpoint).await;
    let unreadable = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let trusted = TemporaryFile::new("trusted", &format!("{unreadable}{of_another}{certificate}"));
    let other = TemporaryFile::new("other", &of_another);
    for (store, roots, status) in [
        ("system", trusted.path(), 404),
        ("system", other.path(), 503),
        ("amazon", trusted.path(), 503),
        ("", trusted.path(), 503),
    ] {
        let variables =
            [("AWS_ENDPOINT_URL_DYNAMODB", endpoint.as_str()), ("TRUST_STORE", store), ("SSL_CERT_FILE", roots)];
        assert_eq!(confirm_with(&table, &variables).await, status, "with the trust store {store:?} and {roots}");
    }
}
