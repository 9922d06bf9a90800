//! The DynamoDB client: its endpoint, timeouts, retries and TLS.
//!
//! All clients of this service are created here, so that the local server and the tests use the limits of the deployed functions.

use crate::limits::LIMITS;
use crate::trust::TrustStore;
use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::meta::region::ProvideRegion;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::{RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::{Builder, SharedCredentialsProvider};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, TlsContext, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use std::sync::OnceLock;

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
    let mut config = Builder::from(aws)
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
