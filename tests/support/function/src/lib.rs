//! The functions of the service, called as Lambda calls them: in this process, or each as its own process. Also the checks for any
//! input, and a recorder of the log.

mod answer;
mod definite;
mod dependencies;
mod function;
pub mod inputs;
mod log;
mod request;
mod runtime;

pub use answer::Answer;
pub use definite::definite;
pub use dependencies::{
    SECRET_KEY, authorization, dependencies, dependencies_with, fixed_clock, jumping_clock, moving_clock,
    receipt_pages, receipt_variables, sha256, variables,
};
pub use function::{LambdaFunction, LambdaFunctions};
pub use log::{capture_log, log, log_length, log_since};
pub use request::{
    OPERATIONS, ORDER, WRITES, body_of, body_with, call_of, cancellation, event, method_of, path_of, receipt_event,
    receipt_token, terms_of,
};
pub use runtime::{FunctionProcess, Lines};

use std::env;
use std::path::PathBuf;

/// A file of the repository, by its path from the top. The repository is found when a test runs and not when it is built,
/// because checkouts that share a target directory also share the compiled code.
pub fn repository_file(path: &str) -> PathBuf {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the tests"));
    let top = package.ancestors().find(|folder| folder.join("template.yaml").exists()).expect("the repository");
    top.join(path)
}
