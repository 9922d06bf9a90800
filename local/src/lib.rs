//! The local copy: the deployed functions' own handlers behind one HTTP port, over an embedded DynamoDB, with no AWS
//! account and no Docker.
//!
//! It stands in for API Gateway and DynamoDB and for nothing else: it must never answer a payment request itself, and
//! nothing of it is in a deployed function.

mod database;
mod front;
mod gateway;
mod start;

pub use start::{Options, Running, StartError, start};
