//! The functions of the service, called as Lambda calls them: in this process, or each as a process of its own. Also what must
//! hold for any input, and all that is logged.

mod dependencies;
mod function;
pub mod inputs;
mod log;
mod runtime;

pub use dependencies::{
    SECRET_KEY, authorization, dependencies, fixed_clock, jumping_clock, moving_clock, settings, sha256,
};
pub use function::{Function, Functions};
pub use log::{capture_log, log, log_length, log_since};
pub use runtime::{FunctionProcess, Lines};

/// A file of the repository, by its path from the top.
pub fn repository_file(path: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}
