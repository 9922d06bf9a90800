//! What a client gets: the 200 of an endpoint, or an error.

mod error;
mod message;
mod outcome;
mod payment;
mod receipts;
mod reply;

pub use error::ApiError;
pub(crate) use error::{NoRequestId, Panicked};
pub use outcome::Outcome;
pub use payment::PaymentBody;
pub use receipts::{Receipt, Receipts};
pub use reply::{Reply, error_response};
pub(crate) use reply::{gateway_response, reply_response};
