//! The local copy: the deployed functions' own handlers behind one HTTP port, over an embedded DynamoDB, with no AWS
//! account and no Docker.
//!
//! It stands in for API Gateway and DynamoDB and for nothing else: it must never answer a payment request itself, and
//! nothing of it is in a deployed function.

mod database;
mod error;
mod front;
mod functions;
mod gateway;
mod start;

pub use error::StartError;
pub use functions::{FUNCTIONS, InvocationError, Invoke, LocalFunction};
pub use start::{Options, Running, start};
