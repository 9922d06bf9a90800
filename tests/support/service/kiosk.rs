//! The client of a kiosk backend that follows the integration guide.

use crate::client::{Client, HttpRequest};
use payments_test_function::Answer;
use std::time::Duration;

/// The guide's timeout of a client.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The guide's waits before each repeat. The guide makes each a little longer at random, which one client does not need.
const WAITS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

impl Client {
    /// Sends a request, and sends it again after each wait while its outcome is unknown. `None` if it is unknown in the end.
    pub async fn send_as_the_guide_says(&self, request: &HttpRequest) -> Option<Answer> {
        for wait in [None].into_iter().chain(WAITS.map(Some)) {
            tokio::time::sleep(wait.unwrap_or_default()).await;
            let answer = tokio::time::timeout(TIMEOUT, self.try_send(request.clone())).await;
            let answer = answer.ok().and_then(Result::ok).filter(is_final);
            if answer.is_some() {
                return answer;
            }
        }
        None
    }
}

/// Whether the guide says not to repeat a request with this answer.
fn is_final(answer: &Answer) -> bool {
    match answer.status {
        429 | 503 => false,
        500.. => answer.json()["code"].is_string(),
        _ => true,
    }
}
