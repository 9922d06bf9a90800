//! Serves the connections of a port.

use crate::connection::Connection;
use crate::listen::Listener;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

/// Serves until `stop` resolves, and then until the requests in progress are answered. `answers` is called for each connection
/// with the address of its client, and returns the handler of its requests.
pub async fn serve<A, F, B>(listener: Listener, answers: impl Fn(SocketAddr) -> A, stop: impl Future<Output = ()>)
where
    A: Fn(Request<Incoming>) -> F + Send + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
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
        let answer = answers(source);
        let service = service_fn(move |request| {
            let response = answer(request);
            async move { Ok::<_, Infallible>(response.await) }
        });
        let connection = http.serve_connection(TokioIo::new(Connection::new(stream)), service);
        let connection = connections.watch(connection);
        // It fails when the client disconnects, and then no one reads the error.
        tokio::spawn(async move { drop(connection.await) });
    }
    drop(listener);
    connections.shutdown().await;
}
