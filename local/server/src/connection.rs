//! The bytes of a connection.

use crate::client::Client;
use socket2::SockRef;
use std::future::Future;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

/// The first bytes of a client that speaks HTTP/2 without negotiation (RFC 9113, section 3.4).
const HTTP_2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// How long a closing connection waits for a client that sends nothing.
const IDLE: Duration = Duration::from_millis(500);
/// How long it waits for a client that keeps sending.
const LONGEST: Duration = Duration::from_secs(5);
/// How long it waits for the reset that a client's system sends if the client is gone. A client that has only stopped sending
/// looks the same until then.
const RESET: Duration = Duration::from_millis(50);

/// A connection that is closed so that the client can read the last answer.
///
/// If a connection is closed while the client is still sending, the system resets it, and the client loses an answer that it has
/// not read. So this side stops sending first, and for a moment reads and drops what the client sends.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: Arc<TcpStream>,
    client: Client,
    /// The part of the HTTP/2 preface that has not arrived yet. Empty after all of it, or other bytes, have arrived.
    preface: &'static [u8],
    draining: Option<Drain>,
}

#[derive(Debug)]
struct Drain {
    /// When it ends at the latest.
    end: Instant,
    /// When it ends if nothing arrives.
    idle: Pin<Box<Sleep>>,
    /// Whether the client has closed its side.
    has_ended: bool,
}

impl Connection {
    /// The connection, and its other side.
    pub(crate) fn new(stream: TcpStream, address: SocketAddr) -> (Self, Client) {
        let stream = Arc::new(stream);
        let client = Client::new(Arc::clone(&stream), address);
        (Self { stream, client: client.clone(), preface: HTTP_2_PREFACE, draining: None }, client)
    }

    fn poll_read_stream(&self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.stream.poll_read_ready(cx))?;
            match self.stream.try_read(buffer.initialize_unfilled()) {
                Ok(length) => {
                    buffer.advance(length);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    fn poll_drain(&self, drain: &mut Drain, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut dropped = [0; 8192];
        while !drain.has_ended && Instant::now() < drain.end {
            let mut buffer = ReadBuf::new(&mut dropped);
            match self.poll_read_stream(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    drain.idle.as_mut().reset((Instant::now() + IDLE).min(drain.end));
                }
                Poll::Ready(Ok(())) if self.client.is_in_question() => {
                    drain.has_ended = true;
                    drain.idle.as_mut().reset(Instant::now() + RESET);
                }
                Poll::Ready(ended) => return Poll::Ready(ended),
                Poll::Pending => {
                    ready!(drain.idle.as_mut().poll(cx));
                    break;
                }
            }
        }
        if drain.has_ended {
            ready!(drain.idle.as_mut().poll(cx));
            return Poll::Ready(self.stream.take_error()?.map_or(Ok(()), Err));
        }
        Poll::Ready(Ok(()))
    }

    fn poll_write_stream(
        &self,
        cx: &mut Context<'_>,
        write: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream.poll_write_ready(cx))?;
            match write(&self.stream) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return Poll::Ready(done),
            }
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_read_stream(cx, buffer))?;
        let read = buffer.filled_mut();
        let length = self.preface.len().min(read.len());
        let (expected, rest) = self.preface.split_at(length);
        match read.get_mut(..length) {
            Some(begin) if *begin == *expected => {
                self.preface = rest;
                // hyper closes a connection that begins with this preface, and sends no answer. It answers 400 to every other
                // version that it does not support, so it gets the preface in lower case.
                if rest.is_empty() {
                    begin.make_ascii_lowercase();
                }
            }
            _ => self.preface = &[],
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_stream(cx, |stream| stream.try_write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_stream(cx, |stream| stream.try_write_vectored(slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// hyper calls this when it has written all that it has. The system has the bytes then.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.client.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.draining.is_none() {
            SockRef::from(&*self.stream).shutdown(Shutdown::Write)?;
            let now = Instant::now();
            let idle = Box::pin(sleep_until(now + IDLE));
            self.draining = Some(Drain { end: now + LONGEST, idle, has_ended: false });
        }
        let mut draining = self.draining.take();
        let polled = draining.as_mut().map_or(Poll::Ready(Ok(())), |draining| self.poll_drain(draining, cx));
        self.draining = draining;
        ready!(polled)?;
        self.client.handed_over(true);
        Poll::Ready(Ok(()))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.client.handed_over(false);
    }
}
