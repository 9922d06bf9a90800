//! What a client gets: the 200 of an endpoint, or an error, in JSON or as a page.

mod error;
mod message;
mod outcome;
mod page;
mod payment;
mod receipts;
mod reply;

pub use error::ApiError;
pub(crate) use error::{NoRequestId, Panicked};
pub use outcome::Outcome;
pub use page::{Page, Style};
pub use payment::PaymentBody;
pub use receipts::{RECEIPT_PAGES, Receipt, ReceiptPages, Receipts};
pub use reply::{Reply, error_response};
pub(crate) use reply::{error_page_response, gateway_response, reply_response};
