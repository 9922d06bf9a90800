//! The HTTP side: from a Lambda event to an answer, through one pipeline that every endpoint shares.
//!
//! An endpoint is a declaration ([`Endpoint`]); everything else is done here, once. This crate must never decide what
//! happens to a payment, and must never let an internal cause into an answer or a secret into a log.

mod auth;
mod body;
mod endpoint;
mod error;
mod event;
mod lambda;
mod log;
mod message;
mod pipeline;
mod record;
mod route;
mod settings;

pub use auth::Keys;
pub use body::{Field, Request};
pub use endpoint::{Endpoint, Receipts};
pub use error::{Error, Invalid};
pub use event::{Incoming, NotHttpEvent};
pub use lambda::{run, system_clock};
pub use log::start_logging;
pub use pipeline::{Clock, Function, Service, refuse};
pub use record::Metrics;
pub use route::{Route, Routed};
pub use settings::{SettingError, Settings};
