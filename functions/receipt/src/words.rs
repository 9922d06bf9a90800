//! The words of the pages, in every language.
//!
//! For translators: customers read them, on a phone or on paper, so they are short. The Korean texts are those of Korean card
//! receipts, in the formal style (합쇼체).

use payments_domain::Method;
use payments_http::{ApiError, RequestError};
use payments_language::{Text, text};

/// What the page is.
pub(crate) fn receipt() -> Text {
    text! { en: "Receipt", ko: "결제 영수증" }
}

/// The label of the order.
pub(crate) fn order() -> Text {
    text! { en: "Order", ko: "주문 번호" }
}

/// The label of how it was paid.
pub(crate) fn paid_by() -> Text {
    text! { en: "Paid by", ko: "결제 수단" }
}

/// How it was paid.
pub(crate) fn method(method: Method) -> Text {
    match method {
        Method::Card => text! { en: "Card", ko: "카드" },
    }
}

/// The label of the time of the approval.
pub(crate) fn approved() -> Text {
    text! { en: "Approved", ko: "승인 일시" }
}

/// The stamp on the receipt of a payment that was canceled.
pub(crate) fn canceled() -> Text {
    text! { en: "Canceled", ko: "결제 취소" }
}

/// The time zone of Korea.
pub(crate) fn zone() -> Text {
    text! { en: "KST (UTC+9)", ko: "KST (한국 표준시)" }
}

/// The title of the page for an error, and what the customer can do.
pub(crate) fn of_an_error(error: &ApiError) -> (Text, Text) {
    match error {
        ApiError::Request(RequestError::NoRoute) => (
            text! { en: "There is no such receipt", ko: "영수증을 찾을 수 없습니다" },
            text! {
                en: "Please open it once more, with the QR code or with the whole address that the shop gave you.",
                ko: "매장에서 받은 QR 코드나 전체 주소로 다시 열어 주십시오.",
            },
        ),
        ApiError::ReadUnavailable(_) | ApiError::Unavailable(_) => (
            text! { en: "The receipt cannot be shown right now", ko: "지금은 영수증을 표시할 수 없습니다" },
            text! { en: "Please try again in a moment.", ko: "잠시 후 다시 시도해 주십시오." },
        ),
        ApiError::Request(_) | ApiError::Refused(_) | ApiError::Internal(_) => (
            text! { en: "The receipt cannot be shown", ko: "영수증을 표시할 수 없습니다" },
            text! { en: "Please ask the shop.", ko: "매장에 문의해 주십시오." },
        ),
    }
}
