//! The HTTP side: from a Lambda event to an answer, through one pipeline that every endpoint shares.
//!
//! An endpoint is a declaration and one short function ([`Endpoint`]); everything else is done here, once. This crate must not
//! decide what happens to a payment, and must not put an internal cause into an answer or a secret into a log.

mod auth;
mod call;
mod context;
mod digest;
mod endpoint;
mod error;
mod event;
mod field;
mod lambda;
mod log;
mod message;
mod pipeline;
mod receipts;
mod record;
mod reply;
mod route;
mod settings;

pub use auth::{Caller, SecretKeys};
pub use call::{Call, JsonObject};
pub use context::{Clock, Context, Dependencies, Written};
pub use endpoint::{Access, Endpoint};
pub use error::{ApiError, Invalid};
pub use event::{Incoming, NotHttpEvent};
pub use field::Field;
pub use lambda::{run, system_clock};
pub use log::start_logging;
pub use pipeline::Function;
pub use receipts::Receipts;
pub use record::Metrics;
pub use reply::{Reply, error_response};
pub use route::{Route, Routed};
pub use settings::{PUBLISHED_KEY, SettingError, Settings};
