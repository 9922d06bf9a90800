//! Counts the attempts of one command, and those whose result is known.

use aws_sdk_dynamodb::config::interceptors::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Counts the attempts of one command.
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
