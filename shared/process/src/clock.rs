//! The clock. It is passed in everywhere, so that tests need not wait.

use payments_domain::Timestamp;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The clock of this machine.
pub fn system_clock() -> Clock {
    Arc::new(|| {
        #[expect(clippy::disallowed_methods, reason = "the only real clock")]
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok();
        #[expect(clippy::expect_used, reason = "there are no stamps before 1970 or after 9999")]
        now.and_then(|now| i64::try_from(now.as_secs()).ok()).and_then(Timestamp::from_unix).expect("a sane clock")
    })
}
