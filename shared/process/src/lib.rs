//! What every function needs, behind any trigger: settings, log, metrics, the clock, and the start.
//!
//! This crate must not know HTTP. Errors of settings name the variable, never its value.

mod causes;
mod clock;
mod environment;
mod log;
mod metrics;
mod settings;
mod start;

pub use causes::Causes;
pub use clock::{Clock, system_clock};
pub use environment::{Environment, SettingError};
pub use log::start_logging;
pub use metrics::{Measured, Metrics, milliseconds};
pub use settings::Settings;
pub use start::{Process, start};
