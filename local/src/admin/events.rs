//! What happens, as server-sent events (HTML standard, "Server-sent events").

use super::requests;
use crate::follower::{Follower, News};
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use std::time::Duration;

/// How long a connection is silent. A client that is gone is only noticed when something is sent.
const SILENCE: Duration = Duration::from_secs(15);

/// A client calls again after this time, in milliseconds, if its connection was lost.
const RECONNECT: &str = "retry: 1000\n\n";

/// The events for a follower, until the client leaves.
pub(super) fn of(follower: Follower) -> impl Stream<Item = Bytes> {
    let news = stream::unfold(follower, |mut follower| async {
        let text = follower.news(SILENCE).await.map_or_else(|| ":\n\n".to_owned(), |news| text_of(&news));
        Some((Bytes::from(text), follower))
    });
    stream::iter([Bytes::from(RECONNECT)]).chain(news)
}

fn text_of(news: &News) -> String {
    let mut text = String::new();
    if news.was_reset {
        text.push_str("event: reset\ndata: {}\n\n");
    }
    if !news.requests.is_empty() {
        let requests = requests::json_of(news.requests.iter(), news.forgotten);
        text.push_str(&format!("event: requests\ndata: {requests}\n\n"));
    }
    if news.faults_changed {
        text.push_str("event: faults\ndata: {}\n\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Exchanges;
    use std::sync::Arc;
    use std::time::SystemTime;
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn a_silent_connection_gets_a_comment_so_that_a_lost_client_is_noticed() {
        let exchanges = Arc::new(Exchanges::new(Arc::new(|| SystemTime::UNIX_EPOCH)));
        let mut events = Box::pin(of(Follower::new(exchanges)));
        assert_eq!(events.next().await.unwrap(), RECONNECT);
        for _ in 0..3 {
            let start = Instant::now();
            assert_eq!(events.next().await.unwrap(), ":\n\n");
            assert_eq!(start.elapsed(), SILENCE);
        }
    }
}
