//! A client that follows what happens: which requests, faults and resets it has not seen yet.

use crate::exchange::Exchanges;
use crate::journal::{Entry, Version};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// How long changes are collected before the follower learns of them. So a thousand requests in this time are one piece of news.
const COLLECTED: Duration = Duration::from_millis(100);

/// A client that follows what happens.
#[derive(Debug)]
pub(crate) struct Follower {
    exchanges: Arc<Exchanges>,
    journal: Version,
    faults: u64,
}

/// What a follower has not seen yet.
#[derive(Debug)]
pub(crate) struct News {
    /// Whether all requests were forgotten, before those in `requests`.
    pub(crate) was_reset: bool,
    /// The requests that arrived, and those of which there is more to say. The oldest first.
    pub(crate) requests: Vec<Entry>,
    /// How many older requests are not kept.
    pub(crate) forgotten: u64,
    /// Whether faults were armed, disarmed or removed, or met a request.
    pub(crate) faults_changed: bool,
}

impl Follower {
    /// A client that knows everything until now.
    pub(crate) fn new(exchanges: Arc<Exchanges>) -> Self {
        let (journal, faults) = (exchanges.journal().version(), exchanges.faults().changes());
        Self { exchanges, journal, faults }
    }

    /// Waits until there is news. `None` if there is none for this long.
    pub(crate) async fn news(&mut self, longest: Duration) -> Option<News> {
        let news = async {
            loop {
                sleep(COLLECTED).await;
                if let Some(news) = self.look() {
                    return news;
                }
            }
        };
        timeout_at(Instant::now() + longest, news).await.ok()
    }

    fn look(&mut self) -> Option<News> {
        let faults = self.exchanges.faults().changes();
        let journal = self.exchanges.journal();
        let version = journal.version();
        if (version, faults) == (self.journal, self.faults) {
            return None;
        }
        let news = News {
            was_reset: journal.was_cleared_since(self.journal),
            requests: journal.written_since(self.journal).cloned().collect(),
            forgotten: journal.forgotten(),
            faults_changed: faults != self.faults,
        };
        drop(journal);
        (self.journal, self.faults) = (version, faults);
        Some(news)
    }
}
