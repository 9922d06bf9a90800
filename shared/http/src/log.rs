//! Logging: lines of text on a desk, JSON in Lambda where the function says so.

use std::env;
use std::panic;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::{self, MakeWriter};

/// Starts logging to `writer`. `AWS_LAMBDA_LOG_FORMAT` and `AWS_LAMBDA_LOG_LEVEL`, which Lambda sets from the function's
/// logging configuration, and `RUST_LOG` decide the form and the level; `unless` holds for what they leave open.
pub fn start_logging<W>(writer: W, unless: &str)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let level = env::var("AWS_LAMBDA_LOG_LEVEL").or_else(|_| env::var("RUST_LOG")).unwrap_or_default();
    let filter = EnvFilter::builder().parse_lossy(format!("{unless},{level}"));
    let lines = fmt::fmt().with_env_filter(filter).with_target(false).without_time().with_writer(writer);
    if env::var("AWS_LAMBDA_LOG_FORMAT").is_ok_and(|format| format.eq_ignore_ascii_case("json")) {
        lines.json().init();
    } else {
        lines.with_ansi(false).init();
    }
    log_panics();
}

/// Logs where a panic happened. Its text only where it is a literal of the program: a formatted one could hold a value
/// that a client sent.
fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let text = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(a formatted text, left out)");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic: {text}");
    }));
}
