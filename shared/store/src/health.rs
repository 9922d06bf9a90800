//! The health check that opens a connection before the first command.

use crate::limits::LIMITS;
use aws_sdk_dynamodb::config::http::HttpRequest;
use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{Builder, Config, ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;

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
pub(crate) fn one_attempt() -> Builder {
    let timeouts = TimeoutConfig::builder().operation_timeout(LIMITS.connect).build();
    Config::builder().retry_config(RetryConfig::disabled()).timeout_config(timeouts)
}
