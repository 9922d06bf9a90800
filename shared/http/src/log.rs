//! Logging: lines of text, or JSON where Lambda's logging configuration asks for it.

use std::env;
use std::panic;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging to `writer`. Lambda sets `AWS_LAMBDA_LOG_FORMAT` and `AWS_LAMBDA_LOG_LEVEL` from the function's logging
/// configuration. They and `RUST_LOG` decide the form and the level; `default` is the level without them. No setting makes
/// a library log below INFO ([`is_safe`]).
pub fn start_logging<W>(writer: W, default: &str)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let level = env::var("AWS_LAMBDA_LOG_LEVEL").or_else(|_| env::var("RUST_LOG")).unwrap_or_default();
    // FATAL is Lambda's highest level. EnvFilter would take it for the name of a target.
    let level = if level.eq_ignore_ascii_case("fatal") { "error" } else { &level };
    let filter = EnvFilter::builder().parse_lossy(format!("{default},{level}"));
    let lines = fmt::fmt().with_env_filter(filter).with_target(false).without_time().with_writer(writer);
    if env::var("AWS_LAMBDA_LOG_FORMAT").is_ok_and(|format| format.eq_ignore_ascii_case("json")) {
        lines.json().flatten_event(true).with_span_list(false).finish().with(filter_fn(is_safe)).init();
    } else {
        lines.with_ansi(false).finish().with(filter_fn(is_safe)).init();
    }
    log_panics();
}

/// Whether a log line cannot hold a secret. Below INFO only our own crates may log: there `lambda_runtime` writes whole
/// events, which hold the client's key, and the HTTP client writes its requests.
fn is_safe(line: &Metadata<'_>) -> bool {
    *line.level() <= Level::INFO || line.target().starts_with("payments_")
}

/// Logs where a panic happened. Its text is logged only if it is a literal of the program, because a formatted text could
/// hold a value that a client sent.
fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let text = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(a formatted text, left out)");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic: {text}");
    }));
}
