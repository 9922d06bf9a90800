//! The client of a connection: whether it is still there, and what was sent to it.

use socket2::SockRef;
use std::fmt;
use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::net::TcpStream;

/// Called once with whether an answer was handed over whole.
pub(crate) type Ended = Box<dyn FnOnce(bool) + Send>;

/// The client of a connection.
#[derive(Debug, Clone)]
pub struct Client {
    address: SocketAddr,
    stream: Arc<TcpStream>,
    sending: Arc<Mutex<Sending>>,
}

/// What is on its way to the client.
#[derive(Default)]
struct Sending {
    /// How often all bytes so far were handed to the system.
    flushes: u64,
    /// Who waits for the next time.
    waiting: Option<Waker>,
    /// For each answer that is complete, but perhaps not handed to the system yet.
    complete: Vec<Ended>,
}

impl Client {
    pub(crate) fn new(stream: Arc<TcpStream>, address: SocketAddr) -> Self {
        Self { address, stream, sending: Arc::default() }
    }

    /// Its address.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Resolves when the client has closed its side of the connection. It may still read: some programs close only the side on which
    /// they send. While the client's next request is already there, this does not resolve.
    pub async fn closed_its_side(&self) {
        if let Ok(1..) = self.stream.peek(&mut [0]).await {
            std::future::pending::<()>().await;
        }
    }

    /// Whether the client has closed its side by now, or the connection is broken.
    pub(crate) fn has_closed_its_side(&self) -> bool {
        let mut byte = [MaybeUninit::uninit()];
        match SockRef::from(&*self.stream).peek(&mut byte) {
            Ok(length) => length == 0,
            Err(error) => error.kind() != io::ErrorKind::WouldBlock,
        }
    }

    /// Calls `ended` as soon as all bytes so far are handed to the system.
    pub(crate) fn call_when_sent(&self, ended: Ended) {
        self.sending().complete.push(ended);
    }

    /// How often all bytes so far were handed to the system.
    pub(crate) fn flushes(&self) -> u64 {
        self.sending().flushes
    }

    /// Ready when it happened more often than this.
    pub(crate) fn poll_flushed_after(&self, flushes: u64, cx: &Context<'_>) -> Poll<()> {
        let mut sending = self.sending();
        if sending.flushes > flushes {
            return Poll::Ready(());
        }
        sending.waiting = Some(cx.waker().clone());
        Poll::Pending
    }

    /// All bytes so far were handed to the system.
    pub(crate) fn flushed(&self) {
        let mut sending = self.sending();
        sending.flushes += 1;
        let waiting = sending.waiting.take();
        let is_complete = !sending.complete.is_empty();
        drop(sending);
        if let Some(waiting) = waiting {
            waiting.wake();
        }
        if is_complete && !self.has_closed_its_side() {
            self.handed_over(true);
        }
    }

    /// Whether an answer is complete of which it is not known yet whether the client is still there.
    pub(crate) fn is_in_question(&self) -> bool {
        !self.sending().complete.is_empty()
    }

    /// The complete answers were handed over, or they were not.
    pub(crate) fn handed_over(&self, whole: bool) {
        let complete = std::mem::take(&mut self.sending().complete);
        complete.into_iter().for_each(|ended| ended(whole));
    }

    /// No code panics while it holds the lock.
    fn sending(&self) -> MutexGuard<'_, Sending> {
        self.sending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Sending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").field("flushes", &self.flushes).field("complete", &self.complete.len()).finish()
    }
}
