//! Logging: lines of text, or JSON where Lambda's logging configuration asks for it.

use crate::environment::Environment;
use std::panic;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{Targets, filter_fn};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging to `writer`. Lambda sets `AWS_LAMBDA_LOG_FORMAT` and `AWS_LAMBDA_LOG_LEVEL` from the function's logging
/// configuration. The level is that of `AWS_LAMBDA_LOG_LEVEL` or else of `RUST_LOG`, and `default` without them. No setting
/// makes a library log below INFO ([`is_safe`]).
///
/// A line in JSON has the keys `level` and `timestamp`. Lambda treats a line without one of them as INFO, and drops it at a
/// higher level. Source: Lambda developer guide, "Log-level filtering".
pub fn start_logging<W>(writer: W, default: &str)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let environment = Environment::of_this_process();
    let level = level_of(environment);
    let lines = fmt::layer().with_target(false).with_writer(writer);
    let log = tracing_subscriber::registry().with(filter(default, &level)).with(filter_fn(is_safe));
    if variable(environment, "AWS_LAMBDA_LOG_FORMAT").is_some_and(|format| format.eq_ignore_ascii_case("json")) {
        log.with(lines.json().flatten_event(true).with_span_list(false)).init();
    } else {
        log.with(lines.without_time().with_ansi(false)).init();
    }
    log_panics();
}

/// The level of the environment.
fn level_of(environment: Environment<'_>) -> String {
    let level = variable(environment, "AWS_LAMBDA_LOG_LEVEL").or_else(|| variable(environment, "RUST_LOG"));
    let level = level.unwrap_or_default();
    // FATAL is Lambda's highest level. A filter would read it as the name of a target.
    if level.eq_ignore_ascii_case("fatal") { "error".to_owned() } else { level }
}

/// A variable. The log must start even if its settings are invalid, so a variable that cannot be read counts as absent.
fn variable(environment: Environment<'_>, name: &'static str) -> Option<String> {
    environment.text(name).ok().flatten()
}

/// What is logged: the `default` unless `level` says otherwise. Each is a list of levels, the last of which counts, and of
/// targets with a level: `warn,payments_store=info`. A part that is neither is ignored. `EnvFilter` would read the same,
/// but it brings a regular-expression engine into every function.
fn filter(default: &str, level: &str) -> Targets {
    let parts = default.split(',').chain(level.split(',')).map(str::trim).filter(|part| !part.is_empty());
    parts.filter_map(|part| part.parse::<Targets>().ok()).fold(Targets::new(), |filter, part| {
        let filter = match part.default_level() {
            Some(level) => filter.with_default(level),
            None => filter,
        };
        filter.with_targets(part)
    })
}

/// Whether a log line cannot contain a secret. Below INFO only our own crates may log: `lambda_runtime` would write whole
/// events, with the client's key, and the HTTP client its requests.
fn is_safe(line: &Metadata<'_>) -> bool {
    *line.level() <= Level::INFO || line.target().starts_with("payments_")
}

/// Logs the location of a panic. Its text is logged only if it is a constant, because a formatted text could contain a value that
/// a client sent.
fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let text = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(a formatted text, left out)");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic: {text}");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    #[test]
    fn lambdas_log_level_has_priority_over_rust_log() {
        for (of_lambda, of_rust_log, level) in [
            (None, None, ""),
            (None, Some("warn"), "warn"),
            (Some(""), Some("warn"), "warn"),
            (Some("INFO"), Some("warn"), "INFO"),
            (Some("FATAL"), None, "error"),
        ] {
            let lookup = |name: &str| match name {
                "AWS_LAMBDA_LOG_LEVEL" => of_lambda.map(OsString::from),
                "RUST_LOG" => of_rust_log.map(OsString::from),
                _ => None,
            };
            assert_eq!(level_of(Environment::new(&lookup)), level, "{of_lambda:?} and {of_rust_log:?}");
        }
    }

    #[test]
    fn the_last_level_counts_and_a_target_may_have_its_own() {
        let logs = |default, level, target| {
            let filter = filter(default, level);
            let levels = [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE];
            levels.into_iter().filter(|level| filter.would_enable(target, level)).count()
        };
        assert_eq!(logs("info", "", "payments_http"), 3, "the default");
        assert_eq!(logs("info", "DEBUG", "payments_http"), 4, "Lambda writes levels in capitals");
        assert_eq!(logs("info", "error", "payments_http"), 1, "less than the default");
        assert_eq!(logs("info", "off", "payments_http"), 0);
        assert_eq!(logs("warn,dynoxide=error", "", "dynoxide::server"), 1, "the default of a target");
        assert_eq!(logs("warn,dynoxide=error", "info", "dynoxide::server"), 1, "a level leaves targets alone");
        assert_eq!(logs("warn", "info, hyper=trace", "hyper::client"), 5, "a target of the setting");
        assert_eq!(logs("warn", "info,a=b=c,", "payments_http"), 3, "what cannot be read is left out");
    }
}
