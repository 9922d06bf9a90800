//! What a client gets for a request, and whether all of it was handed to its connection.

use crate::client::{Client, Ended};
use bytes::Bytes;
use hyper::Response;
use hyper::body::{Body, Frame, SizeHint};
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// What a client gets for a request.
pub struct Answer<B> {
    sent: Sent<B>,
    ended: Option<Ended>,
}

#[derive(Debug)]
enum Sent<B> {
    Whole(Response<B>),
    Half(Response<B>),
    Nothing,
}

impl<B> Answer<B> {
    /// A response, of which only half of the body is sent before the connection is closed. Its `Content-Length` is that of the
    /// whole body.
    pub const fn half(response: Response<B>) -> Self {
        Self { sent: Sent::Half(response), ended: None }
    }

    /// No answer: the connection is closed.
    pub const fn nothing() -> Self {
        Self { sent: Sent::Nothing, ended: None }
    }

    /// Calls `ended` once nothing more is sent, with whether the whole answer was handed to a connection that the client had not
    /// closed.
    #[must_use]
    pub fn then(self, ended: impl FnOnce(bool) + Send + 'static) -> Self {
        Self { ended: Some(Box::new(ended)), ..self }
    }

    /// The answer with another response, if there is one.
    #[must_use]
    pub fn map<C>(self, change: impl FnOnce(Response<B>) -> Response<C>) -> Answer<C> {
        let sent = match self.sent {
            Sent::Whole(response) => Sent::Whole(change(response)),
            Sent::Half(response) => Sent::Half(change(response)),
            Sent::Nothing => Sent::Nothing,
        };
        Answer { sent, ended: self.ended }
    }
}

impl<B: Body> Answer<B> {
    /// The response as hyper sends it. hyper closes the connection after an error.
    pub(crate) fn response(self, client: &Client) -> Result<Response<SentBody<B>>, Closed> {
        let watched = Watched { client: client.clone(), ended: self.ended };
        match self.sent {
            Sent::Whole(response) => Ok(response.map(|body| SentBody { body, rest: None, watched })),
            Sent::Half(response) => Ok(response.map(|body| {
                let half = body.size_hint().lower() / 2;
                SentBody { body, rest: Some(Rest { to_send: half, flushes: None }), watched }
            })),
            Sent::Nothing => {
                watched.ended.into_iter().for_each(|ended| ended(false));
                Err(Closed)
            }
        }
    }
}

impl<B> From<Response<B>> for Answer<B> {
    fn from(response: Response<B>) -> Self {
        Self { sent: Sent::Whole(response), ended: None }
    }
}

/// Why a connection is closed before a whole answer was sent: because the answer is to be lost.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed, as this answer asks for")]
pub(crate) struct Closed;

/// The body of an answer.
pub(crate) struct SentBody<B: Body> {
    body: B,
    /// What is still to be sent of half a body. `None` for a whole one.
    rest: Option<Rest>,
    watched: Watched,
}

struct Rest {
    to_send: u64,
    /// How often the connection had been flushed when the last byte was given to it.
    flushes: Option<u64>,
}

struct Watched {
    client: Client,
    ended: Option<Ended>,
}

impl<B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin> Body for SentBody<B> {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Self { body, rest, watched } = &mut *self;
        match rest {
            Some(Rest { to_send: 0, flushes }) => {
                // After an error, hyper does not send what it has in its buffer. So the error waits until that is sent.
                let flushes = *flushes.get_or_insert_with(|| watched.client.flushes());
                ready!(watched.client.poll_flushed_after(flushes, cx));
                Poll::Ready(Some(Err(Closed.into())))
            }
            Some(Rest { to_send, .. }) => {
                let frame = ready!(Pin::new(body).poll_frame(cx));
                Poll::Ready(frame.map(|frame| {
                    let mut data = frame.map_err(Into::into)?.into_data().unwrap_or_default();
                    data.truncate(usize::try_from(*to_send).unwrap_or(usize::MAX));
                    *to_send -= data.len() as u64;
                    Ok(Frame::data(data))
                }))
            }
            None => {
                let frame = ready!(Pin::new(body).poll_frame(cx));
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// hyper drops a body when it has all of it in its buffer, or when the connection ends.
impl<B: Body> Drop for SentBody<B> {
    fn drop(&mut self) {
        let Some(ended) = self.watched.ended.take() else { return };
        if self.rest.is_none() && self.body.is_end_stream() {
            self.watched.client.call_when_sent(ended);
        } else {
            ended(false);
        }
    }
}
