//! The DynamoDB client: where it connects to, how long it waits, how often it tries, over which TLS.
//!
//! The SDK's defaults wait for ever on a hung call and back off by seconds. Every client of this service is made here,
//! so that the local copy and the tests run with the limits that are deployed.

use crate::trust::TrustStore;
use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::meta::region::ProvideRegion;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::HttpRequest;
use aws_sdk_dynamodb::config::interceptors::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
    BeforeTransmitInterceptorContextRef,
};
use aws_sdk_dynamodb::config::retry::{RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents, SharedCredentialsProvider};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, TlsContext, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
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

/// The AWS configuration of a function: region and credentials from the variables that Lambda sets.
///
/// A function asks nothing else. The SDK's chain of profiles, STS and metadata services would add a quarter to each binary,
/// and a function that lost its variables could find other credentials than its role's.
pub async fn from_environment() -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(EnvironmentVariableRegionProvider::new().region().await)
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .build()
}

/// An HTTP client for the sources of credentials. Its connector is made when the first of them is asked.
pub fn http_client(trusted: TrustStore) -> SharedHttpClient {
    let made = OnceLock::new();
    http_client_fn(move |_, _| made.get_or_init(|| connector(&trusted)).clone())
}

/// A DynamoDB client with the configuration of `aws`, for `endpoint` or else for that of the region. An https endpoint must
/// prove itself by one of the `trusted` roots.
pub fn dynamodb(aws: &SdkConfig, endpoint: Option<&str>, trusted: &TrustStore) -> Client {
    // The time to connect is the connector's. The SDK does not tell it to a connector that it is given.
    let timeouts =
        TimeoutConfig::builder().operation_attempt_timeout(LIMITS.attempt).operation_timeout(LIMITS.operation).build();
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
        .retry_partition(quota)
        // The timeouts above bound a stalled answer, too.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    config.set_endpoint_url(endpoint.map(str::to_owned));
    Client::from_conf(config.build())
}

/// A connector that trusts these certificates. It is made once and shared. The SDK's own HTTP client would make two, and
/// parse the certificates for each: one to check the configuration, and one for the first request.
fn connector(trusted: &TrustStore) -> SharedHttpConnector {
    #[expect(clippy::expect_used, reason = "the builder has no error to give; its Result is for later versions")]
    let tls = TlsContext::builder().with_trust_store(trusted.certificates()).build().expect("a TLS context");
    let settings = HttpConnectorSettings::builder().connect_timeout(LIMITS.connect).build();
    let connector = Connector::builder()
        .connector_settings(settings)
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(tls)
        .build();
    SharedHttpConnector::new(connector)
}

/// Turns a request into the health check of DynamoDB, `GET /`: unsigned, and without a body. DynamoDB answers it with 200
/// and no JSON.
#[derive(Debug)]
pub(crate) struct HealthCheck;

impl Intercept for HealthCheck {
    fn name(&self) -> &'static str {
        "HealthCheck"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let check = HttpRequest::get(context.request().uri())?;
        *context.request_mut() = check;
        Ok(())
    }
}

/// The limits of a health check: one attempt.
pub(crate) fn one_attempt() -> aws_sdk_dynamodb::config::Builder {
    let timeouts = TimeoutConfig::builder().operation_timeout(LIMITS.connect).build();
    aws_sdk_dynamodb::Config::builder().retry_config(RetryConfig::disabled()).timeout_config(timeouts)
}

/// Counts the attempts of one operation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attempts(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    sent: AtomicU32,
    refused: AtomicU32,
}

impl Attempts {
    /// How many were sent.
    pub(crate) fn count(&self) -> u32 {
        self.0.sent.load(Ordering::Relaxed)
    }

    /// Whether DynamoDB may still carry one of them out. Of those that it answered with a 4xx status, it will not.
    /// Source: DynamoDB developer guide, "Error handling with DynamoDB": after a 5xx a write may have succeeded or failed.
    pub(crate) fn in_doubt(&self) -> bool {
        self.count() > self.0.refused.load(Ordering::Relaxed)
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
        self.0.sent.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.response().status().is_client_error() {
            self.0.refused.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}
