//! Serves the connections of a port.

use crate::answer::Answer;
use crate::client::Client;
use crate::connection::Connection;
use crate::listen::Listener;
use bytes::Bytes;
use hyper::Request;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::error::Error;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

/// Serves until `stop` resolves, and then until the requests in progress are answered. `answers` is called for each connection
/// with its client, and returns the handler of its requests.
pub async fn serve<A, F, B>(listener: Listener, answers: impl Fn(Client) -> A, stop: impl Future<Output = ()>)
where
    A: Fn(Request<Incoming>) -> F + Send + 'static,
    F: Future<Output: Into<Answer<B>>> + Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static,
{
    let mut http = http1::Builder::new();
    // Without half_close, hyper would drop the work for a client that disconnects. Lambda finishes a request anyway.
    http.half_close(true).timer(TokioTimer::new());
    let connections = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let Ok((stream, source)) = accepted else {
            // Most likely there are no file descriptors left. Wait until a connection ends.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (connection, client) = Connection::new(stream, source);
        let answer = answers(client.clone());
        let service = service_fn(move |request| {
            let (answer, client) = (answer(request), client.clone());
            async move { answer.await.into().response(&client) }
        });
        let connection = http.serve_connection(TokioIo::new(connection), service);
        let connection = connections.watch(connection);
        // It fails when the client disconnects, and then no one reads the error.
        tokio::spawn(async move { drop(connection.await) });
    }
    drop(listener);
    connections.shutdown().await;
}
