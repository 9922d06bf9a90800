//! The server's own paths for integrators' tests: its health, and a reset that empties its table.
//!
//! The paths begin with `/__local`. Only the local server has them, and they need no key, as the embedded DynamoDB needs none.
//! This module must not change a DynamoDB that is not part of this program.

use crate::response::response;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_LANGUAGE, HeaderValue};
use hyper::{Response, StatusCode};
use payments_dynamodb::{PaymentsTable, TableError, TableState};
use payments_http::Route;
use payments_language::{Language, Text, text};
use payments_process::Causes;
use serde_json::{Value, json};

/// The requests.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AdminRequest {
    /// Whether the server takes payments.
    Health,
    /// Delete all payments.
    Reset,
}

/// The first segment of these paths.
pub(crate) const FOLDER: &str = "__local";
const HEALTH: &str = "/__local/health";

/// Their routes. Health also accepts HEAD, which some tools send while they wait for a server.
pub(crate) const ROUTES: [(Route, AdminRequest); 3] = [
    (Route { method: "GET", path: HEALTH }, AdminRequest::Health),
    (Route { method: "HEAD", path: HEALTH }, AdminRequest::Health),
    (Route::post("/__local/reset"), AdminRequest::Reset),
];

/// The table of the server, and whether it may be emptied.
#[derive(Debug)]
pub(crate) struct Admin {
    pub(crate) table: PaymentsTable,
    /// Whether the DynamoDB is part of this program. Another one is not emptied: it may hold real payments.
    pub(crate) embedded: bool,
}

impl Admin {
    pub(crate) async fn answer(&self, action: AdminRequest, language: Language) -> Response<Full<Bytes>> {
        let done = match action {
            AdminRequest::Health => self.usable().await.map(|()| "READY").map_err(AdminError::Unusable),
            AdminRequest::Reset => self.reset().await.map(|()| "EMPTY"),
        };
        match done {
            Ok(status) => json_response(StatusCode::OK, &json!({ "status": status })),
            Err(error) => error.response(language),
        }
    }

    /// Whether the server takes payments. Only the embedded DynamoDB gets a test write: its disk may be full.
    async fn usable(&self) -> Result<(), TableError> {
        if self.embedded {
            return self.table.check_write().await;
        }
        match self.table.state().await? {
            TableState::Complete => Ok(()),
            TableState::WithoutIndex => Err("the index of the table is gone".into()),
            TableState::Missing => Err("the table is gone".into()),
        }
    }

    async fn reset(&self) -> Result<(), AdminError> {
        if !self.embedded {
            return Err(AdminError::NotEmbedded);
        }
        self.table.empty().await.map_err(AdminError::Unusable)
    }
}

/// Why a request about the server is not carried out.
#[derive(Debug)]
enum AdminError {
    /// The DynamoDB is not part of this program, so it is not emptied.
    NotEmbedded,
    /// The DynamoDB cannot be used.
    Unusable(TableError),
}

impl AdminError {
    fn response(&self, language: Language) -> Response<Full<Bytes>> {
        if let Self::Unusable(cause) = self {
            tracing::error!(cause = %Causes(&**cause), "the DynamoDB of the local server cannot be used");
        }
        let (status, code, message) = self.row();
        let mut response = json_response(status, &json!({ "code": code, "message": message.in_language(language) }));
        response.headers_mut().insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        response
    }

    fn row(&self) -> (StatusCode, &'static str, Text) {
        match self {
            Self::NotEmbedded => (
                StatusCode::CONFLICT,
                "NOT_EMBEDDED",
                text! {
                    en: "This server uses an existing DynamoDB (--dynamodb-endpoint). Only the embedded one is emptied.",
                    ko: "이 서버는 외부 DynamoDB를 사용합니다(--dynamodb-endpoint). 내장 DynamoDB만 비울 수 있습니다.",
                },
            ),
            Self::Unusable(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "SERVICE_UNAVAILABLE",
                text! {
                    en: "The DynamoDB of this server cannot be used. The server's standard error has the cause.",
                    ko: "이 서버의 DynamoDB를 사용할 수 없습니다. 원인은 서버의 표준 오류(stderr)에서 확인할 수 있습니다.",
                },
            ),
        }
    }
}

fn json_response(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    response(status, HeaderValue::from_static("application/json"), body.to_string())
}
