//! How long DynamoDB may take, and how often a call is tried.
//!
//! With its defaults, the SDK waits forever for a call that hangs, and waits seconds between retries.

use std::time::Duration;

/// How long a command may wait for DynamoDB, and how often the SDK may try.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The time to open a connection, TLS included.
    pub connect: Duration,
    /// The time for one attempt.
    pub attempt: Duration,
    /// The time for all attempts and the waits between them.
    pub operation: Duration,
    /// The number of attempts. It is more than one, because the first one fails if the connection died while Lambda was frozen.
    pub attempts: u32,
    /// The longest wait before the second attempt. It is doubled for each attempt that follows.
    pub backoff: Duration,
}

/// The limits of every client. The service must answer within 5 seconds, which leaves time for three attempts that hang.
pub const LIMITS: Limits = Limits {
    connect: Duration::from_millis(1_000),
    attempt: Duration::from_millis(1_200),
    operation: Duration::from_millis(4_000),
    attempts: 3,
    backoff: Duration::from_millis(25),
};
