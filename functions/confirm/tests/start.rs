//! How the function's binary starts: which DynamoDB it goes to, and what it says when it cannot start.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use payments_tests::{FunctionProcess, SECRET_KEY, Table, authorization, empty_table};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::{env, fs};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

const BINARY: &str = env!("CARGO_BIN_EXE_payments-confirm");
const KEY: (&str, &str) = ("PAYMENTS_SECRET_KEY", SECRET_KEY);
/// Nothing listens there.
const NOBODY: &str = "http://127.0.0.1:1";
/// Root certificates are looked for in these places, if they are set, and nowhere else.
const NO_CERTIFICATES: [(&str, &str); 2] = [("SSL_CERT_FILE", "/nowhere.pem"), ("SSL_CERT_DIR", "/nowhere")];

/// The status of a confirm of a payment that does not exist: 404 if the function reaches the table.
async fn confirm_with(table: &Table, variables: &[(&str, &str)]) -> u64 {
    let table = ("TABLE_NAME", table.name.as_str());
    let function = FunctionProcess::start(BINARY, &[&[KEY, table], variables].concat()).await;
    let event = json!({
        "version": "2.0",
        "routeKey": "POST /v1/payments/confirm",
        "headers": { "authorization": authorization(SECRET_KEY) },
        "requestContext": { "http": { "method": "POST" } },
        "body": json!({ "paymentKey": "pay_1", "orderId": "order_1", "amount": 10_000 }).to_string(),
    });
    let (answer, _) = function.invoke(event).await;
    answer["statusCode"].as_u64().expect("a status")
}

/// A file that no other test uses, and that is gone at the end.
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

/// Serves what is at an http endpoint over https. Returns the new endpoint and its certificate, in PEM.
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

/// What the function writes before it ends without having served.
async fn failure_with(variables: &[(&str, &str)]) -> String {
    FunctionProcess::start(BINARY, variables).await.failed_to_start().await.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_endpoint_is_found_where_every_aws_sdk_looks_for_it() {
    let table = empty_table().await;
    let endpoint = table.endpoint.as_str();
    let profile = TemporaryFile::new("profile", &format!("[default]\nendpoint_url = {endpoint}\n"));
    let places: [&[(&str, &str)]; 5] = [
        &[("AWS_ENDPOINT_URL_DYNAMODB", endpoint)],
        &[("AWS_ENDPOINT_URL", endpoint)],
        &[("AWS_CONFIG_FILE", profile.path())],
        &[("AWS_ENDPOINT_URL_DYNAMODB", endpoint), ("AWS_ENDPOINT_URL", NOBODY), ("AWS_CONFIG_FILE", "/nowhere")],
        &[("AWS_ENDPOINT_URL_DYNAMODB", ""), ("AWS_ENDPOINT_URL", endpoint)],
    ];
    for place in places {
        assert_eq!(confirm_with(&table, place).await, 404, "the table must be reached with {place:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_is_missing_is_named() {
    let written = failure_with(&[KEY]).await;
    assert!(written.contains("AWS_ENDPOINT_URL_DYNAMODB"), "a local run must not reach a real account: {written}");
    let written = failure_with(&[("AWS_ENDPOINT_URL_DYNAMODB", NOBODY)]).await;
    assert!(written.contains("PAYMENTS_SECRET_KEY_SHA256"), "{written}");
}

#[tokio::test(flavor = "multi_thread")]
async fn root_certificates_are_needed_for_https_alone() {
    let table = empty_table().await;
    let http = [("AWS_ENDPOINT_URL_DYNAMODB", table.endpoint.as_str())];
    assert_eq!(confirm_with(&table, &[&NO_CERTIFICATES[..], &http].concat()).await, 404, "http needs no certificates");

    let https = [KEY, ("AWS_ENDPOINT_URL_DYNAMODB", "https://127.0.0.1:1")];
    let written = failure_with(&[&NO_CERTIFICATES[..], &https].concat()).await;
    assert!(written.contains("SSL_CERT_FILE") && !written.contains("panic"), "{written}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_https_endpoint_is_trusted_by_the_machines_root_certificates() {
    let table = empty_table().await;
    let (endpoint, certificate) = with_tls(&table.endpoint).await;
    let (_, of_another) = with_tls(&table.endpoint).await;
    let unreadable = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let trusted = TemporaryFile::new("trusted", &format!("{unreadable}{of_another}{certificate}"));
    let other = TemporaryFile::new("other", &of_another);
    let https = |roots| [("AWS_ENDPOINT_URL_DYNAMODB", endpoint.clone()), ("SSL_CERT_FILE", roots)];
    for (roots, status) in [(trusted.path(), 404), (other.path(), 503)] {
        let variables = https(roots.to_owned());
        let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(confirm_with(&table, &variables).await, status, "with the root certificates in {roots}");
    }
}
