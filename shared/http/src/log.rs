//! Logging: lines of text on a desk, JSON in Lambda where the function says so.

use std::env;
use std::panic;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging to `writer`. `AWS_LAMBDA_LOG_FORMAT` and `AWS_LAMBDA_LOG_LEVEL`, which Lambda sets from the function's
/// logging configuration, and `RUST_LOG` decide the form and the level; `unless` holds for what they leave open. No
/// setting makes a library log below INFO ([`safe`]).
pub fn start_logging<W>(writer: W, unless: &str)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let level = env::var("AWS_LAMBDA_LOG_LEVEL").or_else(|_| env::var("RUST_LOG")).unwrap_or_default();
    // Lambda's highest level; EnvFilter would take it for the name of a target.
    let level = if level.eq_ignore_ascii_case("fatal") { "error" } else { &level };
    let filter = EnvFilter::builder().parse_lossy(format!("{unless},{level}"));
    let lines = fmt::fmt().with_env_filter(filter).with_target(false).without_time().with_writer(writer);
    if env::var("AWS_LAMBDA_LOG_FORMAT").is_ok_and(|format| format.eq_ignore_ascii_case("json")) {
        lines.json().flatten_event(true).with_span_list(false).finish().with(filter_fn(safe)).init();
    } else {
        lines.with_ansi(false).finish().with(filter_fn(safe)).init();
    }
    log_panics();
}

/// Below INFO only our own crates are heard: there `lambda_runtime` writes whole events, the client's key among them,
/// and the HTTP client what it sends.
fn safe(told: &Metadata<'_>) -> bool {
    *told.level() <= Level::INFO || told.target().starts_with("payments_")
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
