//! The variables of the environment, as settings are read from them.

use std::env;
use std::ffi::OsString;

/// Lambda sets this variable for every function. `sam local` sets it, too.
const LAMBDA: &str = "AWS_LAMBDA_INITIALIZATION_TYPE";
const SAM_LOCAL: &str = "AWS_SAM_LOCAL";

/// The variables of an environment.
#[derive(Clone, Copy)]
pub struct Environment<'a>(&'a dyn Fn(&str) -> Option<OsString>);

/// An invalid setting; the program does not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} {problem}")]
pub struct SettingError {
    /// The name of the environment variable.
    pub name: &'static str,
    /// What is wrong with its value.
    pub problem: &'static str,
}

impl<'a> Environment<'a> {
    /// The variables that `lookup` finds.
    pub const fn new(lookup: &'a dyn Fn(&str) -> Option<OsString>) -> Self {
        Self(lookup)
    }

    /// The text of a variable. An empty one counts as absent.
    ///
    /// # Errors
    /// [`SettingError`] for a text that is not UTF-8.
    pub fn text(self, name: &'static str) -> Result<Option<String>, SettingError> {
        let Some(value) = (self.0)(name) else { return Ok(None) };
        let value = value.into_string().map_err(|_| SettingError { name, problem: "must be UTF-8" })?;
        Ok((!value.is_empty()).then_some(value))
    }

    /// Whether this is a function in Lambda itself.
    ///
    /// # Errors
    /// As [`Environment::text`].
    pub fn is_deployed(self) -> Result<bool, SettingError> {
        Ok(self.text(LAMBDA)?.is_some() && self.text(SAM_LOCAL)?.is_none())
    }
}

impl Environment<'static> {
    /// The variables of this process.
    pub const fn of_this_process() -> Self {
        Self(&|name| env::var_os(name))
    }
}
