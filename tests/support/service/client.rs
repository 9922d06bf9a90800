//! An HTTP client that sends requests as they are: it normalises no path, and adds no header but `Host`.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::http::uri::PathAndQuery;
use hyper::{HeaderMap, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use payments_test_function::{Answer, method_of, path_of};
use serde_json::Value;
use std::collections::BTreeMap;

type Http = hyper_util::client::legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// A client of one service.
#[derive(Debug, Clone)]
pub struct Client {
    base: Uri,
    http: Http,
}

/// A request, byte by byte.
#[derive(Debug, Clone)]
pub struct HttpRequest {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// A request about a payment. A read has no body, and no type.
    pub fn to(operation: &str, key: &str, authorization: &str, body: &Value) -> Self {
        let method = method_of(operation).to_owned();
        let mut request = Self { method, ..Self::post(&path_of(operation, key), authorization, body.to_string()) };
        if body.is_null() {
            request.headers.retain(|(name, _)| name != "Content-Type");
            request.body.clear();
        }
        request
    }

    /// A POST of JSON with a key.
    pub fn post(path: &str, authorization: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            method: "POST".to_owned(),
            path: path.to_owned(),
            headers: vec![
                ("Authorization".to_owned(), authorization.to_owned()),
                ("Content-Type".to_owned(), "application/json".to_owned()),
            ],
            body: body.into(),
        }
    }
}

impl Client {
    pub fn new(base_url: &str) -> Self {
        let https = hyper_rustls::HttpsConnectorBuilder::new()
            .with_native_roots()
            .expect("the system's root certificates")
            .https_or_http()
            .enable_http1()
            .build();
        let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(https);
        Self { base: base_url.parse().expect("a base URL"), http }
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(&self, request: HttpRequest) -> Answer {
        self.try_send(request).await.expect("an answer")
    }

    /// Sends a request about the local server itself, which needs no key and is not in `openapi.yaml`.
    pub async fn local(&self, method: &str, path: &str, body: String) -> Answer {
        let method = method.to_owned();
        self.send(HttpRequest { method, path: path.to_owned(), headers: Vec::new(), body: body.into() }).await
    }

    /// As [`Client::send`], for a service that may have ended.
    pub async fn try_send(&self, request: HttpRequest) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let mut parts = self.base.clone().into_parts();
        let path = format!("{}{}", self.base.path().trim_end_matches('/'), request.path);
        parts.path_and_query = Some(path.parse::<PathAndQuery>()?);
        let mut builder = hyper::Request::builder().method(request.method.as_str()).uri(Uri::from_parts(parts)?);
        for (name, value) in &request.headers {
            builder = builder.header(name, value.as_bytes());
        }
        let response = self.http.request(builder.body(Full::from(request.body))?).await?;
        let (parts, body) = response.into_parts();
        let body = String::from_utf8(body.collect().await?.to_bytes().to_vec())?;
        Ok(Answer { status: parts.status.as_u16(), headers: joined(&parts.headers), body })
    }
}

fn joined(headers: &HeaderMap) -> BTreeMap<String, String> {
    let all = |name| headers.get_all(name).iter().map(|v| v.to_str().expect("ASCII").to_owned()).collect::<Vec<_>>();
    headers.keys().map(|name| (name.to_string(), all(name).join(","))).collect()
}
