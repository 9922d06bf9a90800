//! The DynamoDB client: where it connects to, how long it waits, how often it tries, over which TLS.
//!
//! The SDK's defaults wait for ever on a hung call and back off by seconds. Every client of this service is made here,
//! so that the local copy and the tests run with the limits that are deployed.

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::retry::{RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_types::service_config::ServiceConfigKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::RootCertStore;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

/// How long a command may wait for DynamoDB, and how often the SDK may try.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The time to open a connection, TLS included.
    pub connect: Duration,
    /// The time for one attempt.
    pub attempt: Duration,
    /// The time for all attempts and the waits between them.
    pub operation: Duration,
    /// The number of attempts. It is never one, because a connection that died while Lambda was frozen fails the first.
    pub attempts: u32,
    /// The longest wait before the second attempt. It is doubled for each attempt that follows.
    pub backoff: Duration,
}

/// The limits of every client. An answer must be given within 5 seconds, and three hung attempts fit into that.
pub const LIMITS: Limits = Limits {
    connect: Duration::from_millis(1_000),
    attempt: Duration::from_millis(1_200),
    operation: Duration::from_millis(4_000),
    attempts: 3,
    backoff: Duration::from_millis(25),
};

/// There are no root certificates to verify an https endpoint with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are no root certificates: install ca-certificates, or set SSL_CERT_FILE to a PEM file of them")]
pub struct NoTrustStore;

/// The AWS configuration of the environment: region, credentials, profile, as in every AWS SDK.
pub async fn from_environment() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(http_client()).load().await
}

/// An HTTP client for the sources of credentials. Some are reached by https, so the certificates are read by the first that
/// is asked. Without root certificates those sources fail, and the others work.
pub fn http_client() -> SharedHttpClient {
    let made = OnceLock::new();
    http_client_fn(move |_, _| {
        made.get_or_init(|| connector(NATIVE_ROOTS.clone().unwrap_or_else(TrustStore::empty))).clone()
    })
}

/// The DynamoDB endpoint that `aws` names: `AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL`, or `endpoint_url` in the
/// profile, in the order of every AWS SDK. An empty one counts as absent.
pub fn configured_endpoint(aws: &SdkConfig) -> Option<String> {
    let key =
        ServiceConfigKey::builder().service_id("DynamoDB").env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
    let of_dynamodb = aws.service_config().zip(key.ok()).and_then(|(settings, key)| settings.load_config(key));
    let of_all = aws.endpoint_url().map(str::to_owned);
    [of_dynamodb, of_all].into_iter().flatten().find(|endpoint| !endpoint.is_empty())
}

/// A DynamoDB client with the configuration of `aws`, for `endpoint` or else for that of the region. Only an https endpoint
/// needs root certificates.
///
/// # Errors
/// [`NoTrustStore`] for an https endpoint on a machine without root certificates.
pub fn dynamodb(aws: &SdkConfig, endpoint: Option<&str>) -> Result<Client, NoTrustStore> {
    let plain = endpoint.is_some_and(|endpoint| endpoint.starts_with("http://"));
    let trusted = if plain { TrustStore::empty() } else { NATIVE_ROOTS.clone().ok_or(NoTrustStore)? };
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(LIMITS.connect)
        .operation_attempt_timeout(LIMITS.attempt)
        .operation_timeout(LIMITS.operation)
        .build();
    let retries = RetryConfig::standard().with_max_attempts(LIMITS.attempts).with_initial_backoff(LIMITS.backoff);
    // The SDK's own quota is shared by the whole process and does not fill up again after an outage, so a later request
    // whose pooled connection has died would get one attempt. `LIMITS.attempts` bounds each command without it.
    let quota = RetryPartition::custom("payments").token_bucket(TokenBucket::unlimited()).build();
    // The connector is made at the start of the process, so that the first request need not wait for it.
    let connector = connector(trusted);
    let mut config = aws_sdk_dynamodb::config::Builder::from(aws)
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .timeout_config(timeouts)
        .retry_config(retries)
        .retry_partition(quota);
    config.set_endpoint_url(endpoint.map(str::to_owned));
    Ok(Client::from_conf(config.build()))
}

/// The machine's root certificates: those of `SSL_CERT_FILE` and `SSL_CERT_DIR`, or else the system's. `None` if there are
/// none. They are read here and not by the HTTP client, which would start without any and fail each request. A certificate
/// that cannot be parsed is left out, because the client would panic over it.
static NATIVE_ROOTS: LazyLock<Option<TrustStore>> = LazyLock::new(|| {
    let mut parsable = RootCertStore::empty();
    let mut trusted = TrustStore::empty();
    for certificate in rustls_native_certs::load_native_certs().certs {
        let encoded = STANDARD.encode(&certificate);
        if parsable.add(certificate).is_ok() {
            let pem = format!("-----BEGIN CERTIFICATE-----\n{encoded}\n-----END CERTIFICATE-----\n");
            trusted.add_pem_certificate(pem);
        }
    }
    (!parsable.is_empty()).then_some(trusted)
});

/// A connector that trusts these certificates. It is made once and shared. The SDK's own HTTP client would make two, and
/// parse the certificates for each: one to check the configuration, and one for the first request.
fn connector(trusted: TrustStore) -> SharedHttpConnector {
    #[expect(clippy::expect_used, reason = "the builder has no error to give; its Result is for later versions")]
    let tls = TlsContext::builder().with_trust_store(trusted).build().expect("a TLS context");
    let settings = HttpConnectorSettings::builder().connect_timeout(LIMITS.connect).build();
    let connector = Connector::builder()
        .connector_settings(settings)
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(tls)
        .build();
    SharedHttpConnector::new(connector)
}

/// Counts the attempts of one operation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attempts(Arc<AtomicU32>);

impl Attempts {
    pub(crate) fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "Attempts"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
