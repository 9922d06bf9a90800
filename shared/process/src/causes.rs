//! Errors in the log.

use std::error::Error;
use std::fmt::{self, Write};

/// An error with all its causes, on one line. Control characters are escaped: a library's error may quote a byte that came over
/// the network.
pub struct Causes<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = self.0.to_string();
        let mut cause = self.0.source();
        while let Some(error) = cause {
            line.push_str(": ");
            line.push_str(&error.to_string());
            cause = error.source();
        }
        for c in line.chars() {
            if c.is_control() { write!(f, "{}", c.escape_default())? } else { f.write_char(c)? }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("unexpected token {0}")]
    struct Unexpected(char, #[source] fmt::Error);

    #[test]
    fn an_error_and_its_causes_are_one_line() {
        let line = |token| Causes(&Unexpected(token, fmt::Error)).to_string();
        let cause = "an error occurred when formatting an argument";
        assert_eq!(line('é'), format!("unexpected token é: {cause}"));
        assert_eq!(line('\n'), format!("unexpected token \\n: {cause}"));
        for token in ['\0', '\r', '\t', '\u{1b}', '\u{85}'] {
            assert!(!line(token).contains(char::is_control), "{token:?}");
        }
    }
}
