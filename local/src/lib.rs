//! The local server: the deployed functions' own handlers behind one HTTP port, over an embedded DynamoDB, with no AWS
//! account and no Docker. Another DynamoDB can replace the embedded one.
//!
//! It replaces API Gateway and DynamoDB, and serves the contract. For the tests of integrators it reports its health, resets its table,
//! lets requests meet faults, keeps a journal of requests, reports whether the client follows the rules, and shows all of this on a page.
//! It must not answer a payment request itself, unless a fault says so, and no deployed function contains its code.

mod admin;
mod database;
mod docs;
mod error;
mod exchange;
mod faults;
mod follower;
mod front;
mod gateway;
mod journal;
mod operation;
mod report;
mod response;
mod routes;
mod start;

pub use database::{aws_of_the_environment, is_on_this_machine};
pub use error::StartError;
pub use exchange::Now;
pub use payments_server::{AllowedHosts, ListenOn};
pub use start::{Dynamodb, Options, Running, start};
