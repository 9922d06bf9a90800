//! The DynamoDB client: how long it waits, how often it tries, over which TLS.
//!
//! The SDK's defaults wait for ever on a hung call and back off by seconds. Every client of this service is made here,
//! so that the local copy and the tests run with the limits that are deployed.

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents, SharedHttpClient};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How long a command may wait for DynamoDB, and how often the SDK may try.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// To open a connection, TLS included.
    pub connect: Duration,
    /// For one attempt.
    pub attempt: Duration,
    /// For all attempts, with the waits between them.
    pub operation: Duration,
    /// How many attempts. Never one: a connection that died while Lambda was frozen fails the first.
    pub attempts: u32,
    /// Before the second attempt, at most; doubled for each that follows.
    pub backoff: Duration,
}

/// The limits of every client: the contract gives an answer 5 seconds, and three hung attempts fit into that.
pub const LIMITS: Limits = Limits {
    connect: Duration::from_millis(1_000),
    attempt: Duration::from_millis(1_200),
    operation: Duration::from_millis(4_000),
    attempts: 3,
    backoff: Duration::from_millis(25),
};

/// The AWS settings of the environment: region, credentials, profile, as in every AWS SDK.
pub async fn from_environment() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(https()).load().await
}

/// A DynamoDB client over `aws`, at `endpoint` or else where the region's is.
pub fn dynamodb(aws: &SdkConfig, endpoint: Option<&str>) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(LIMITS.connect)
        .operation_attempt_timeout(LIMITS.attempt)
        .operation_timeout(LIMITS.operation)
        .build();
    let retries = RetryConfig::standard().with_max_attempts(LIMITS.attempts).with_initial_backoff(LIMITS.backoff);
    let mut config = aws_sdk_dynamodb::config::Builder::from(aws)
        .http_client(aws.http_client().unwrap_or_else(https))
        .timeout_config(timeouts)
        .retry_config(retries);
    if let Some(endpoint) = endpoint {
        config = config.endpoint_url(endpoint);
    }
    Client::from_conf(config.build())
}

fn https() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
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
