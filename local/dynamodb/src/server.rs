//! The port of the embedded DynamoDB.
//!
//! dynoxide's own server lets any web page read and change its tables: it answers every preflight with
//! `Access-Control-Allow-Origin: *`, and has no setting for that. So [`payments_server`] serves the port and checks the caller. It
//! passes an accepted request to dynoxide over a connection inside this process.

use bytes::Bytes;
use dynoxide::Database;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONNECTION, CONTENT_TYPE, EXPECT, HOST, HeaderValue, ORIGIN, TRANSFER_ENCODING};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use payments_language::Language;
use payments_server::{AllowedHosts, Listener, Unread, language_of, read_body};
use std::error::Error;
use std::future::Future;
use std::io;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, oneshot};

/// DynamoDB's own limit on a body, in bytes.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// Serves a database as DynamoDB until `stop` resolves. `language` is that of messages for a client that prefers none of ours.
pub async fn serve(
    listener: Listener,
    database: Database,
    allowed_hosts: AllowedHosts,
    language: Language,
    stop: impl Future<Output = ()>,
) {
    let answers = |_| {
        let (database, allowed_hosts) = (database.clone(), allowed_hosts.clone());
        let inside = Arc::new(Mutex::new(None));
        move |request| {
            let (database, allowed_hosts, inside) = (database.clone(), allowed_hosts.clone(), Arc::clone(&inside));
            async move { answer(request, &allowed_hosts, language, &database, &mut *inside.lock().await).await }
        }
    };
    payments_server::serve(listener, answers, stop).await;
}

/// Answers one request. `inside` is the connection to dynoxide, which is opened for the first request.
async fn answer(
    request: Request<Incoming>,
    allowed_hosts: &AllowedHosts,
    language: Language,
    database: &Database,
    inside: &mut Option<Inside>,
) -> Response<Full<Bytes>> {
    let (mut parts, body) = request.into_parts();
    let body = match read_body(body, BODY_LIMIT).await {
        Ok(body) => body,
        Err(Unread::TooLarge) => return closing(StatusCode::PAYLOAD_TOO_LARGE),
        Err(Unread::Incomplete) => return closing(StatusCode::BAD_REQUEST),
    };
    if let Err(foreign) = allowed_hosts.check_host(&parts).and_then(|()| allowed_hosts.check_origin(&parts)) {
        return foreign.response(language_of(&parts.headers, language));
    }
    // If a request has an origin, dynoxide lets every page read the answer. The other headers are about the client's connection.
    for header in [ORIGIN, CONNECTION, EXPECT, TRANSFER_ENCODING] {
        parts.headers.remove(header);
    }
    match send(Request::from_parts(parts, Full::new(body)), database, inside).await {
        Ok(response) => response,
        Err(cause) => {
            tracing::error!(cause, "the embedded DynamoDB does not answer");
            *inside = None;
            failed()
        }
    }
}

async fn send(
    request: Request<Full<Bytes>>,
    database: &Database,
    inside: &mut Option<Inside>,
) -> Result<Response<Full<Bytes>>, Box<dyn Error + Send + Sync>> {
    let connection = match inside {
        Some(connection) => connection,
        None => inside.insert(Inside::open(database).await?),
    };
    let (mut parts, body) = connection.requests.send_request(request).await?.into_parts();
    parts.headers.remove(CONNECTION);
    Ok(Response::from_parts(parts, Full::new(body.collect().await?.to_bytes())))
}

/// An answer after which the connection is closed, because the request was not read to its end.
fn closing(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// A failure that AWS SDKs retry.
fn failed() -> Response<Full<Bytes>> {
    let body = r#"{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"The database failed."}"#;
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    response
}

/// The only connection to its dynoxide server.
struct Inside {
    requests: SendRequest<Full<Bytes>>,
    /// dynoxide closes its side when this is dropped.
    _open: oneshot::Sender<()>,
}

impl Inside {
    /// dynoxide can only serve a TCP listener. So each connection has a listener of its own, on a free port of `127.0.0.1`, which is
    /// closed as soon as dynoxide has accepted the connection. To close it, the future that accepts is dropped; a task that
    /// dynoxide has spawned keeps serving the connection. The first answer shows that the connection was accepted.
    async fn open(database: &Database) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let stream = TcpStream::connect(listener.local_addr()?).await?;
        stream.set_nodelay(true)?;
        let (open, closed) = oneshot::channel::<()>();
        let accepting = dynoxide::server::serve_with_shutdown(listener, database.clone(), async { drop(closed.await) });
        let first = async {
            let (mut requests, connection) = handshake(TokioIo::new(stream)).await?;
            tokio::spawn(async move { drop(connection.await) });
            let health = Request::get("/").header(HOST, "localhost").body(Full::default())?;
            requests.send_request(health).await?.into_body().collect().await?;
            Ok::<_, Box<dyn Error + Send + Sync>>(requests)
        };
        let requests = tokio::select! {
            requests = first => requests?,
            ended = accepting => return Err(io::Error::other(format!("it ended: {ended:?}")).into()),
        };
        Ok(Self { requests, _open: open })
    }
}
