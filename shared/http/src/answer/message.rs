//! The text of each error, for people, in every language. A text has constraints and field names, but never a value from the request,
//! and nothing internal. Codes, field names and header names are the same in all languages.
//!
//! For translators: a name in braces stands for a value, as in `{field}`. The Korean texts use the words of Korean payment APIs in
//! the formal style (합쇼체). A field name stands before 필드, or in parentheses after a Korean word, so that no particle depends on how
//! the name is pronounced.

use crate::answer::error::ApiError;
use crate::request::{BODY_LIMIT, BodyError, Field, FieldError, RequestError};
use payments_domain::{Constraint, Refusal};
use payments_language::{Text, text};

/// The text of an error.
pub(crate) fn message(error: &ApiError) -> Text {
    match error {
        ApiError::Request(error) => of_a_request(error),
        ApiError::Refused(refusal) => of_a_refusal(*refusal),
        ApiError::Unavailable(_) => text! {
            en: "The outcome is unknown. Repeat the same request.",
            ko: "처리 결과를 확인할 수 없습니다. 같은 요청을 다시 보내 주십시오.",
        },
        ApiError::ReadUnavailable(_) => text! {
            en: "Reading failed, and nothing was changed. Repeat the request.",
            ko: "조회에 실패했으며, 변경된 내용은 없습니다. 요청을 다시 보내 주십시오.",
        },
        ApiError::Internal(_) => text! {
            en: "Something is wrong on our side.",
            ko: "서버 내부 오류가 발생했습니다.",
        },
    }
}

fn of_a_refusal(refusal: Refusal) -> Text {
    match refusal {
        Refusal::NotFound => text! {
            en: "There is no payment with this paymentKey.",
            ko: "존재하지 않는 결제입니다. 결제 키(paymentKey)를 확인해 주십시오.",
        },
        Refusal::AmountMismatch => text! {
            en: "orderId or amount does not match the payment.",
            ko: "주문 번호(orderId) 또는 금액(amount)이 결제 정보와 일치하지 않습니다.",
        },
        Refusal::AlreadyCanceled => text! {
            en: "The payment is canceled.",
            ko: "이미 취소된 결제입니다.",
        },
        Refusal::NotApproved => text! {
            en: "The payment is not approved.",
            ko: "승인되지 않은 결제는 취소할 수 없습니다.",
        },
        Refusal::PartialMismatch => text! {
            en: "cancelAmount does not match the payment's amount. Partial cancels are not supported.",
            ko: "취소 금액(cancelAmount)이 결제 금액과 일치하지 않습니다. 부분 취소는 지원하지 않습니다.",
        },
    }
}

fn of_a_request(error: &RequestError) -> Text {
    match error {
        RequestError::NoRoute => text! {
            en: "There is nothing at this path.",
            ko: "존재하지 않는 경로입니다.",
        },
        RequestError::MethodNotAllowed { allow } => text! {
            en: "This path takes {allow}.",
            ko: "이 경로에서 사용할 수 있는 메서드는 {allow}입니다.",
        },
        RequestError::PayloadTooLarge => text! {
            en: "The body must not be over {BODY_LIMIT} bytes.",
            ko: "요청 본문은 {BODY_LIMIT}바이트를 초과할 수 없습니다.",
        },
        RequestError::Unauthorized => text! {
            en: "Send the header Authorization: Basic base64(\"<secret-key>:\") with a valid key.",
            ko: "인증에 실패했습니다. 유효한 시크릿 키로 Authorization: Basic base64(\"<secret-key>:\") 헤더를 보내 주십시오.",
        },
        RequestError::UnsupportedMediaType => text! {
            en: "Content-Type must be application/json.",
            ko: "Content-Type은 application/json이어야 합니다.",
        },
        RequestError::Body(error) => of_a_body(*error),
        RequestError::Field(field, error) => of_a_field(*field, *error),
    }
}

fn of_a_body(error: BodyError) -> Text {
    match error {
        BodyError::Incomplete => text! {
            en: "The body could not be read to its end.",
            ko: "요청 본문을 끝까지 읽지 못했습니다.",
        },
        BodyError::NotUtf8 => text! {
            en: "The body must be UTF-8.",
            ko: "요청 본문은 UTF-8이어야 합니다.",
        },
        BodyError::Utf16 => text! {
            en: "The body must be UTF-8, not UTF-16 or UTF-32.",
            ko: "요청 본문은 UTF-16이나 UTF-32가 아니라 UTF-8이어야 합니다.",
        },
        BodyError::ByteOrderMark => text! {
            en: "The body must not begin with a byte order mark.",
            ko: "요청 본문은 BOM(byte order mark)으로 시작할 수 없습니다.",
        },
        BodyError::Compressed => text! {
            en: "The body must not be compressed (Content-Encoding).",
            ko: "압축된 요청 본문(Content-Encoding)은 지원하지 않습니다.",
        },
        BodyError::NotOneJsonObject => text! {
            en: "The body must be one JSON object.",
            ko: "요청 본문은 하나의 JSON 객체여야 합니다.",
        },
    }
}

fn of_a_field(field: Field, error: FieldError) -> Text {
    let field = field.name();
    match error {
        FieldError::Missing => text! {
            en: "{field} is required.",
            ko: "{field} 필드는 필수입니다.",
        },
        FieldError::Repeated => text! {
            en: "{field} must appear only once.",
            ko: "{field} 필드는 한 번만 보낼 수 있습니다.",
        },
        FieldError::NotAString => text! {
            en: "{field} must be a string.",
            ko: "{field} 필드는 문자열이어야 합니다.",
        },
        FieldError::Broken(Constraint::Integer { min, max }) => text! {
            en: "{field} must be an integer from {min} to {max}, written without fraction or exponent.",
            ko: "{field} 필드는 소수점이나 지수 표기 없이 {min} 이상 {max} 이하의 정수여야 합니다.",
        },
        FieldError::Broken(Constraint::Length { min, max }) => text! {
            en: "{field} must have {min} to {max} characters.",
            ko: "{field} 필드는 {min}자 이상 {max}자 이하여야 합니다.",
        },
        FieldError::Broken(Constraint::Unreserved) => text! {
            en: "{field} may contain only A-Z a-z 0-9 - . _ ~.",
            ko: "{field} 필드에는 A-Z a-z 0-9 - . _ ~ 문자만 사용할 수 있습니다.",
        },
        FieldError::Broken(Constraint::NotDots) => text! {
            en: "{field} must not be . or ...",
            ko: "{field} 필드의 값은 . 또는 ..일 수 없습니다.",
        },
        FieldError::Broken(Constraint::NotBlank) => text! {
            en: "{field} must not be blank.",
            ko: "{field} 필드는 공백일 수 없습니다.",
        },
        FieldError::Broken(Constraint::NoControl) => text! {
            en: "{field} must not contain control characters.",
            ko: "{field} 필드에는 제어 문자를 사용할 수 없습니다.",
        },
    }
}
