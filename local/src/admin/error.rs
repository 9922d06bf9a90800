//! Why a request about the server itself is not carried out.

use super::input::InputError;
use super::json_response;
use crate::faults::MOST;
use bytes::Bytes;
use hyper::header::{CONTENT_LANGUAGE, HeaderValue};
use hyper::{Response, StatusCode};
use payments_dynamodb::TableError;
use payments_language::{Language, Text, text};
use payments_process::Causes;
use serde_json::json;

/// Why a request is not carried out.
#[derive(Debug)]
pub(super) enum AdminError {
    /// The DynamoDB is not part of this program, so it is not emptied.
    NotEmbedded,
    /// The DynamoDB cannot be used.
    Unusable(TableError),
    /// The request itself is wrong.
    Input(InputError),
    /// There is no fault with this id.
    NoSuchFault,
    /// Too many faults were armed since the last reset.
    TooManyFaults,
}

impl From<InputError> for AdminError {
    fn from(error: InputError) -> Self {
        Self::Input(error)
    }
}

impl AdminError {
    pub(super) fn response(&self, language: Language) -> Response<Bytes> {
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
            Self::Input(error) => (StatusCode::BAD_REQUEST, "INVALID_REQUEST", error.message()),
            Self::NoSuchFault => (
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                text! {
                    en: "There is no fault with this id.",
                    ko: "이 id의 장애가 없습니다.",
                },
            ),
            Self::TooManyFaults => (
                StatusCode::CONFLICT,
                "TOO_MANY_FAULTS",
                text! {
                    en: "{MOST} faults were armed since the last reset, and there can be no more. Reset the server with POST \
                         /__local/reset.",
                    ko: "마지막 초기화 이후 등록할 수 있는 장애 수({MOST}개)를 초과했습니다. POST /__local/reset으로 서버를 초기화해 \
                         주십시오.",
                },
            ),
        }
    }
}
