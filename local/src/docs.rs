//! The contract for machines (`/openapi.yaml`) and the same as a page for people (`/docs`).
//!
//! The page is Swagger UI, which is part of this program, so that it works without a network. Its files refer to one another
//! by relative addresses, so the page itself is at `/docs/`.

use crate::response::{redirect, response};
use bytes::Bytes;
use hyper::header::HeaderValue;
use hyper::{Response, StatusCode};
use payments_http::{ApiError, RequestError, Route};
use std::sync::Arc;
use utoipa_swagger_ui::{Config, serve};

/// The contract.
const OPENAPI: &str = include_str!("../../openapi.yaml");

/// The contract as the page reads it, by its name next to the page. The page sends requests to the server that serves it, on any port.
const OF_THE_PAGE: &str = "openapi.yaml";

/// The media type of YAML. Source: RFC 9512.
const YAML: HeaderValue = HeaderValue::from_static("application/yaml");

/// The address of the page.
const PAGE: &str = "/docs/";

/// The documents.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Document {
    /// The contract.
    OpenApi,
    /// The redirect to the page.
    Redirect,
    /// The page or one of its files.
    File,
}

/// Their routes.
pub(crate) const ROUTES: [(Route, Document); 4] = [
    (Route { method: "GET", path: "/openapi.yaml" }, Document::OpenApi),
    (Route { method: "GET", path: "/docs" }, Document::Redirect),
    (Route { method: "GET", path: PAGE }, Document::File),
    (Route { method: "GET", path: "/docs/{file}" }, Document::File),
];

impl Document {
    /// The document. `parameters` are those of the path.
    pub(crate) fn answer(self, parameters: &[(&str, String)]) -> Result<Response<Bytes>, ApiError> {
        match self {
            Self::OpenApi => Ok(response(StatusCode::OK, YAML, OPENAPI)),
            Self::Redirect => Ok(redirect(PAGE)),
            Self::File => file(parameters.first().map_or("", |(_, name)| name)),
        }
    }
}

/// A file of Swagger UI; the page has no name.
fn file(name: &str) -> Result<Response<Bytes>, ApiError> {
    if name == OF_THE_PAGE {
        let this_server = "servers:\n  - url: /\n    description: The local server that serves this page\n";
        return Ok(response(StatusCode::OK, YAML, OPENAPI.replacen("servers:\n", this_server, 1)));
    }
    // Swagger UI would ask a validator on the internet otherwise.
    let config = Config::from(OF_THE_PAGE).validator_url("none").show_extensions(true).show_common_extensions(true);
    let file = serve(name, Arc::new(config)).map_err(|cause| ApiError::Internal(cause.to_string().into()))?;
    let file = file.ok_or(RequestError::NoRoute)?;
    let media_type = HeaderValue::try_from(file.content_type).map_err(|cause| ApiError::Internal(cause.into()))?;
    Ok(response(StatusCode::OK, media_type, file.bytes.into_owned()))
}
