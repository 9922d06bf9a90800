//! The DynamoDB client: its endpoint, timeouts, retries and TLS.
//!
//! With its defaults, the SDK waits forever for a call that hangs, and waits seconds between retries. All clients of this
//! service are created here, so that the local server and the tests use the limits of the deployed functions.

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
    /// The number of attempts. It is more than one, because the first one fails if the connection died while Lambda was frozen.
    pub attempts: u32,
    /// The longest wait before the second attempt. It is doubled for each attempt that follows.
    pub backoff: Duration,
}

/// The limits of every client. The service must answer within 5 seconds, which leaves time for three attempts that hang.
pub const LIMITS: Limits = Limits {
    connect: Duration::from_millis(1_000),
    attempt: Duration::from_millis(1_200),
    operation: Duration::from_millis(4_000),
    attempts: 3,
    backoff: Duration::from_millis(25),
};

/// The AWS configuration of a function: region and credentials from the variables that Lambda sets.
///
/// A function uses no other source. The SDK's chain of profiles, STS and metadata services would add a quarter to each binary,
/// and a function without its variables could find other credentials than those of its role.
pub async fn from_environment() -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(EnvironmentVariableRegionProvider::new().region().await)
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .build()
}

/// An HTTP client for credential providers. Its connector is created when the first of them is used.
pub fn http_client(trusted: TrustStore) -> SharedHttpClient {
    let made = OnceLock::new();
    http_client_fn(move |_, _| made.get_or_init(|| connector(&trusted)).clone())
}

/// A DynamoDB client with the configuration in `aws`, for `endpoint`, or without one for the region's endpoint. The certificate of
/// an https endpoint must be signed by one of the `trusted` roots.
pub fn dynamodb(aws: &SdkConfig, endpoint: Option<&str>, trusted: &TrustStore) -> Client {
    // The connector has its own limit for connecting. The SDK does not pass one to a connector that it is given.
    let timeouts =
        TimeoutConfig::builder().operation_attempt_timeout(LIMITS.attempt).operation_timeout(LIMITS.operation).build();
    let retries = RetryConfig::standard().with_max_attempts(LIMITS.attempts).with_initial_backoff(LIMITS.backoff);
    // This is without the SDK's retry quota. The whole process shares it, and it does not refill after an outage, so a later
    // request on a dead connection would get one attempt. `LIMITS.attempts` limits each command.
    let quota = RetryPartition::custom("payments").token_bucket(TokenBucket::unlimited()).build();
    // The connector is created at the start of the process, so that the first request does not wait for it.
    let connector = connector(trusted);
    let mut config = aws_sdk_dynamodb::config::Builder::from(aws)
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .timeout_config(timeouts)
        .retry_config(retries)
        .retry_partition(quota)
        // The timeouts above also limit a stalled answer.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    config.set_endpoint_url(endpoint.map(str::to_owned));
    Client::from_conf(config.build())
}

/// A connector that trusts these certificates, created once and shared. The SDK's own HTTP client would create two, and parse
/// the certificates for each: one to check the configuration, and one for the first request.
fn connector(trusted: &TrustStore) -> SharedHttpConnector {
    #[expect(clippy::expect_used, reason = "the builder cannot fail; its Result is for later versions")]
    let tls = TlsContext::builder().with_trust_store(trusted.certificates()).build().expect("a TLS context");
    let settings = HttpConnectorSettings::builder().connect_timeout(LIMITS.connect).build();
    let connector = Connector::builder()
        .connector_settings(settings)
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(tls)
        .build();
    SharedHttpConnector::new(connector)
}

/// Turns a request into the health check of DynamoDB, `GET /`: unsigned, and without a body. DynamoDB answers 200, without
/// JSON.
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
    /// The number of attempts that were sent.
    pub(crate) fn count(&self) -> u32 {
        self.0.sent.load(Ordering::Relaxed)
    }

    /// Whether DynamoDB may still carry out one of them. It will not carry out an attempt that it answered with a 4xx status.
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
