//! An answer of the service, from a function or over HTTP.

use crate::WRITES;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// By name in lower case; a repeated header joined by commas.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Answer {
    /// The answer in what a function returned. `None` if its invocation failed.
    pub fn of_function(returned: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let headers = returned["headers"].as_object().into_iter().flatten();
        Some(Self {
            status: returned["statusCode"].as_u64()?.try_into().expect("a status"),
            headers: headers.map(|(name, value)| (name.clone(), text(value))).collect(),
            body: text(&returned["body"]),
        })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("the body must be JSON ({e}): {self:?}"))
    }

    /// The `code` of an error.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_else(|| panic!("an error must have a code: {self:?}")).to_owned()
    }

    /// Whether it is a page, and not JSON.
    pub fn is_page(&self) -> bool {
        self.header("content-type") == Some("text/html; charset=utf-8")
    }

    /// The outcome of an operation, as logs and metrics name it: FIRST, REPLAY, READ, or the code of an error, which a page does not
    /// show.
    pub fn outcome_of(&self, operation: &str) -> String {
        match self.status {
            200 if self.is_replay() => "REPLAY".to_owned(),
            200 if WRITES.contains(&operation) => "FIRST".to_owned(),
            200 => "READ".to_owned(),
            404 if self.is_page() => "NOT_FOUND".to_owned(),
            405 if self.is_page() => "METHOD_NOT_ALLOWED".to_owned(),
            413 if self.is_page() => "PAYLOAD_TOO_LARGE".to_owned(),
            500 if self.is_page() => "INTERNAL_ERROR".to_owned(),
            503 if self.is_page() => "SERVICE_UNAVAILABLE".to_owned(),
            _ => self.code(),
        }
    }

    /// Whether the answer says that its request made the change.
    pub fn is_first(&self) -> bool {
        self.status == 200 && !self.is_replay()
    }

    /// Whether the answer says that an earlier request made the change.
    pub fn is_replay(&self) -> bool {
        match self.header("idempotent-replayed") {
            None => false,
            Some("true") if self.status == 200 => true,
            Some(other) => panic!("Idempotent-Replayed is true for a 200 or absent, not {other:?}: {self:?}"),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {:?}", self.status, self.body, self.headers)
    }
}
