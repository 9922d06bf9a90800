//! The local copy: the deployed functions' own handlers behind one HTTP port, over an embedded DynamoDB, with no AWS
//! account and no Docker. Another DynamoDB can take the place of the embedded one.
//!
//! It stands in for API Gateway and DynamoDB, tells and resets its own state for the tests of integrators, and serves the
//! contract. It must never answer a payment request itself, and nothing of it is in a deployed function.

mod admin;
mod database;
mod docs;
mod error;
mod front;
mod gateway;
mod response;
mod start;

pub use database::{aws_of_the_environment, is_on_this_machine};
pub use error::StartError;
pub use payments_server::{AllowedHosts, ListenOn};
pub use start::{Dynamodb, Options, Running, start};
