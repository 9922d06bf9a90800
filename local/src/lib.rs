//! The local server: the deployed functions' own handlers behind one HTTP port, over an embedded DynamoDB, with no AWS
//! account and no Docker. Another DynamoDB can replace the embedded one.
//!
//! It replaces API Gateway and DynamoDB, reports its health and resets its table for the tests of integrators, and serves the
//! contract. It must not answer a payment request itself, and no deployed function contains its code.

mod admin;
mod database;
mod docs;
mod error;
mod front;
mod gateway;
mod response;
mod routes;
mod start;

pub use database::{aws_of_the_environment, is_on_this_machine};
pub use error::StartError;
pub use payments_server::{AllowedHosts, ListenOn};
pub use start::{Dynamodb, Options, Running, start};
