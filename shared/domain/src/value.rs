//! One type for each value of a payment. A value exists only if it meets its constraints, so code after the parsing does not
//! check it again.

use chrono::{DateTime, SecondsFormat, Utc};
use std::fmt;

/// A constraint that a value does not meet. It is data; the HTTP side turns it into text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constraint {
    /// The value must be an integer between these, both included, and written as one: no fraction, no exponent.
    Integer {
        /// The smallest value allowed.
        min: u64,
        /// The largest value allowed.
        max: u64,
    },
    /// The value must have this many characters, both included.
    Length {
        /// The fewest characters allowed.
        min: usize,
        /// The most characters allowed.
        max: usize,
    },
    /// The value may contain only `A-Z a-z 0-9 - . _ ~`.
    Unreserved,
    /// The value must not be `.` or `..`, which URL libraries resolve away.
    NotDots,
    /// The value must contain more than white space.
    NotBlank,
    /// The value must not contain control characters.
    NoControl,
}

/// The key of a payment: 1 to 200 unreserved characters, neither `.` nor `..`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PaymentKey(String);

/// The merchant's order number: 1 to 64 unreserved characters, neither `.` nor `..`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrderId(String);

/// An amount of money in KRW: 1 to 9007199254740991, the integers that JSON carries without loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(u64);

/// Why a payment was canceled: 1 to 200 Unicode scalar values as the client sent them, not all white space, no control
/// character.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CancelReason(String);

/// How a payment was approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// By card; approval is simulated and immediate.
    Card,
}

/// A moment in UTC, in whole seconds (truncated).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

/// The id of one invocation. It distinguishes a request's own earlier write from that of another request, so it is never empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestId(String);

/// RFC 3986's unreserved characters, which URL libraries neither escape nor resolve.
fn unreserved(text: String, max: usize) -> Result<String, Constraint> {
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)) {
        return Err(Constraint::Unreserved);
    }
    if text.is_empty() || text.len() > max {
        return Err(Constraint::Length { min: 1, max });
    }
    if text == "." || text == ".." {
        return Err(Constraint::NotDots);
    }
    Ok(text)
}

impl PaymentKey {
    /// Parses a key.
    ///
    /// # Errors
    /// The constraint that `text` does not meet.
    pub fn parse(text: impl Into<String>) -> Result<Self, Constraint> {
        unreserved(text.into(), 200).map(Self)
    }

    /// The key as the merchant made it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl OrderId {
    /// Parses an order number.
    ///
    /// # Errors
    /// The constraint that `text` does not meet.
    pub fn parse(text: impl Into<String>) -> Result<Self, Constraint> {
        unreserved(text.into(), 64).map(Self)
    }

    /// The order number as the merchant made it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Amount {
    /// The constraint on an amount.
    pub const CONSTRAINT: Constraint = Constraint::Integer { min: 1, max: Self::MAX };

    const MAX: u64 = 9_007_199_254_740_991;

    /// Parses an amount in KRW.
    ///
    /// # Errors
    /// [`Amount::CONSTRAINT`] below 1 and above 9007199254740991.
    pub const fn parse(krw: u64) -> Result<Self, Constraint> {
        if krw >= 1 && krw <= Self::MAX { Ok(Self(krw)) } else { Err(Self::CONSTRAINT) }
    }

    /// The amount in KRW.
    pub const fn krw(self) -> u64 {
        self.0
    }
}

impl CancelReason {
    /// Parses a reason.
    ///
    /// # Errors
    /// The constraint that `text` does not meet.
    pub fn parse(text: impl Into<String>) -> Result<Self, Constraint> {
        let text = text.into();
        let length = text.chars().count();
        if !(1..=200).contains(&length) {
            return Err(Constraint::Length { min: 1, max: 200 });
        }
        if text.chars().any(char::is_control) {
            return Err(Constraint::NoControl);
        }
        if text.chars().all(char::is_whitespace) {
            return Err(Constraint::NotBlank);
        }
        Ok(Self(text))
    }

    /// The reason as the client sent it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Method {
    /// The spelling in answers and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Card => "CARD",
        }
    }

    /// Reads the spelling of [`Method::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        (text == Self::Card.as_str()).then_some(Self::Card)
    }
}

impl Timestamp {
    /// A moment in seconds since 1970-01-01T00:00:00Z. `None` outside the years 0 to 9999, which RFC 3339 cannot write.
    pub fn from_unix(seconds: i64) -> Option<Self> {
        let moment = DateTime::from_timestamp(seconds, 0)?;
        (0..=9999).contains(&chrono::Datelike::year(&moment)).then_some(Self(moment))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub const fn unix(self) -> i64 {
        self.0.timestamp()
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339, UTC, whole seconds: `2024-01-01T12:34:56Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

impl RequestId {
    /// Parses an invocation's id. `None` for an empty one, because all requests would look the same.
    pub fn parse(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        (!text.is_empty()).then_some(Self(text))
    }

    /// The id as the platform gave it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_key_has_only_characters_that_url_libraries_leave_alone() {
        for good in ["a", "pay_123", "A-z.0_9~", "...", ".a", &"k".repeat(200)] {
            assert!(PaymentKey::parse(good).is_ok(), "{good}");
        }
        for bad in ["a b", "a/b", "a%2Fb", "결제", "a\n", "a\u{0}", "a\\b", "a?b", "a#b", "a;b"] {
            assert_eq!(PaymentKey::parse(bad), Err(Constraint::Unreserved), "{bad}");
        }
        assert_eq!(PaymentKey::parse("pay_123").unwrap().as_str(), "pay_123");
        for dots in [".", ".."] {
            assert_eq!(PaymentKey::parse(dots), Err(Constraint::NotDots));
            assert_eq!(OrderId::parse(dots), Err(Constraint::NotDots));
        }
        assert_eq!(PaymentKey::parse(""), Err(Constraint::Length { min: 1, max: 200 }));
        assert_eq!(PaymentKey::parse("k".repeat(201)), Err(Constraint::Length { min: 1, max: 200 }));
    }

    #[test]
    fn an_order_id_has_at_most_64_characters() {
        assert_eq!(OrderId::parse("o".repeat(64)).unwrap().as_str(), "o".repeat(64));
        assert_eq!(OrderId::parse("o".repeat(65)), Err(Constraint::Length { min: 1, max: 64 }));
    }

    #[test]
    fn an_amount_is_an_integer_that_json_carries_exactly() {
        let constraint = Constraint::Integer { min: 1, max: 9_007_199_254_740_991 };
        assert_eq!(Amount::parse(0), Err(constraint));
        assert_eq!(Amount::parse(1).map(Amount::krw), Ok(1));
        assert_eq!(Amount::parse(9_007_199_254_740_991).map(Amount::krw), Ok(9_007_199_254_740_991));
        assert_eq!(Amount::parse(9_007_199_254_740_992), Err(constraint));
    }

    #[test]
    fn a_reason_counts_scalar_values_and_is_kept_as_sent() {
        assert_eq!(CancelReason::parse(" 단순 변심 ").unwrap().as_str(), " 단순 변심 ");
        assert!(CancelReason::parse("😀".repeat(200)).is_ok());
        assert_eq!(CancelReason::parse("😀".repeat(201)), Err(Constraint::Length { min: 1, max: 200 }));
        assert_eq!(CancelReason::parse(""), Err(Constraint::Length { min: 1, max: 200 }));
        for blank in [" ", "\u{3000}", "\u{2028}\u{00a0}"] {
            assert_eq!(CancelReason::parse(blank), Err(Constraint::NotBlank), "{blank:?}");
        }
        for control in ["a\nb", "\u{0}", "a\u{7f}", "\u{85}x"] {
            assert_eq!(CancelReason::parse(control), Err(Constraint::NoControl), "{control:?}");
        }
        assert!(CancelReason::parse("a\u{200b}\u{202e}").is_ok(), "format characters are not control characters");
    }

    #[test]
    fn a_timestamp_is_written_as_rfc_3339_in_utc_and_whole_seconds() {
        let moment = Timestamp::from_unix(1_704_112_496).unwrap();
        assert_eq!(moment.to_string(), "2024-01-01T12:34:56Z");
        assert_eq!(moment.unix(), 1_704_112_496);
        assert_eq!(Timestamp::from_unix(i64::MAX), None);
        assert_eq!(Timestamp::from_unix(253_402_300_800), None, "the year 10000");
        assert!(Timestamp::from_unix(253_402_300_799).is_some());
    }

    #[test]
    fn the_spellings_of_the_contract() {
        assert_eq!(Method::Card.as_str(), "CARD");
        assert_eq!(Method::parse("CARD"), Some(Method::Card));
        assert_eq!(Method::parse("card"), None);
        assert_eq!(RequestId::parse(""), None);
        assert_eq!(RequestId::parse("r").unwrap().as_str(), "r");
    }
}
