//! The bytes of a connection.

use std::future::Future;
use std::io;
use std::pin::Pin;
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

/// A connection that is closed so that the client can read the last answer.
///
/// If a connection is closed while the client is still sending, the system resets it, and the client loses an answer that it has
/// not read. So this side stops sending first, and for a moment reads and drops what the client sends.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
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
}

impl Connection {
    pub(crate) const fn new(stream: TcpStream) -> Self {
        Self { stream, preface: HTTP_2_PREFACE, draining: None }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
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
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, draining, .. } = &mut *self;
        if draining.is_none() {
            ready!(Pin::new(&mut *stream).poll_shutdown(cx))?;
        }
        let now = Instant::now();
        let Drain { end, idle } =
            draining.get_or_insert_with(|| Drain { end: now + LONGEST, idle: Box::pin(sleep_until(now + IDLE)) });
        let mut dropped = [0; 8192];
        while Instant::now() < *end {
            let mut buffer = ReadBuf::new(&mut dropped);
            match Pin::new(&mut *stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    idle.as_mut().reset((Instant::now() + IDLE).min(*end));
                }
                // The client has closed its side, or the connection is broken.
                Poll::Ready(_) => break,
                Poll::Pending => {
                    ready!(idle.as_mut().poll(cx));
                    break;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}
