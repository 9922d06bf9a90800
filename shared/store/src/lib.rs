//! The store: each command is exactly one conditional write to one DynamoDB table, and each read of a payment one consistent read of
//! it. A list of payments is one query of an index, and one consistent read.
//!
//! The guards of the domain become the condition. When it fails, DynamoDB returns the item, and the domain decides on the
//! answer. This crate must not decide anything, make a second call for a command, or guess at an item that it cannot read.
//!
//! `store` carries out a command or reads a payment, `list` reads those of an order. `expression` renders its guards and its change, over the attributes that `item` defines.
//! `failure` says what a failed call means, `attempts` whether an earlier one is in doubt. `client`, `limits`, `health` and `trust`
//! are how DynamoDB is reached.

mod attempts;
mod client;
mod expression;
mod failure;
mod health;
mod item;
mod limits;
mod list;
mod store;
mod trust;

pub use client::{dynamodb, from_environment, http_client};
pub use failure::StoreError;
pub use item::{Item, Malformed, decode};
pub use limits::{LIMITS, Limits};
pub use list::ORDER_INDEX;
pub use store::{Executed, Store};
pub use trust::TrustStore;
