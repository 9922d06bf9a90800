//! The pages: a receipt, and what a customer sees instead of one. The HTML and the style sheet are in `templates`; askama escapes
//! every value in them.

use crate::words;
use askama::Template;
use chrono::{DateTime, FixedOffset};
use payments_domain::{Amount, Approval, Payment};
use payments_http::{ApiError, Page, ReceiptPages, Style};
use payments_language::{Language, Text};
use std::sync::LazyLock;

static STYLE: LazyLock<Style> = LazyLock::new(|| Style::new(include_str!("../templates/style.css")));

/// The parts of every page.
struct Frame {
    language: Language,
    css: &'static str,
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptTemplate<'a> {
    frame: Frame,
    merchant: Option<&'a str>,
    amount: String,
    order: &'a str,
    method: Text,
    approved: Moment<'a>,
    canceled: Option<Canceled<'a>>,
}

/// What the stamp of a canceled payment says.
struct Canceled<'a> {
    amount: String,
    at: Moment<'a>,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorTemplate {
    frame: Frame,
    title: Text,
    advice: Text,
}

/// A time from the store.
#[derive(Debug, PartialEq, Eq)]
enum Moment<'a> {
    /// As a clock in Korea shows it, and as it is stored.
    InKorea { time: String, utc: &'a str },
    /// A text that is no time. No version of this service stores one, but a condition cannot check it. It is shown as it is.
    Unknown { stored: &'a str },
}

impl Frame {
    fn new(language: Language) -> Self {
        Self { language, css: STYLE.css() }
    }

    /// A text in the language of the page.
    fn say(&self, text: &Text) -> String {
        text.clone().in_language(self.language)
    }
}

impl<'a> Moment<'a> {
    fn new(stored: &'a str) -> Self {
        let time = DateTime::parse_from_rfc3339(stored).ok();
        match time.zip(FixedOffset::east_opt(9 * 3_600)) {
            Some((time, korea)) => {
                let time = time.with_timezone(&korea).format("%Y-%m-%d %H:%M:%S").to_string();
                Self::InKorea { time, utc: stored }
            }
            None => Self::Unknown { stored },
        }
    }
}

/// The receipt of a payment.
pub(crate) fn of_a_payment(payment: &Payment, approval: &Approval, pages: &ReceiptPages, language: Language) -> Page {
    page(&ReceiptTemplate {
        frame: Frame::new(language),
        merchant: pages.merchant.as_deref(),
        amount: won(payment.amount),
        order: &payment.order_id,
        method: words::method(approval.method),
        approved: Moment::new(approval.stamp.at()),
        canceled: payment.cancellation().map(|cancellation| Canceled {
            amount: won(cancellation.amount),
            at: Moment::new(cancellation.stamp.at()),
        }),
    })
}

/// What a customer sees instead of a receipt.
pub(crate) fn of_an_error(error: &ApiError, language: Language) -> Page {
    let (title, advice) = words::of_an_error(error);
    page(&ErrorTemplate { frame: Frame::new(language), title, advice })
}

fn page(template: &impl Template) -> Page {
    // Writing to a string fails only if a value cannot be displayed, and all of them are text.
    Page::new(template.render().unwrap_or_default(), &STYLE)
}

/// An amount as it is written in Korea: `₩10,000`.
fn won(amount: Amount) -> String {
    let digits = amount.krw().to_string();
    let mut text = String::from("₩");
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_written_with_its_thousands() {
        for (krw, text) in [
            (1, "₩1"),
            (999, "₩999"),
            (1_000, "₩1,000"),
            (10_000, "₩10,000"),
            (999_999, "₩999,999"),
            (1_000_000, "₩1,000,000"),
            (9_007_199_254_740_991, "₩9,007,199,254,740,991"),
        ] {
            assert_eq!(won(Amount::parse(krw).unwrap()), text);
        }
    }

    #[test]
    fn a_time_is_that_of_korea() {
        for (utc, time) in [
            ("2024-01-01T12:34:56Z", "2024-01-01 21:34:56"),
            ("2024-12-31T15:00:00Z", "2025-01-01 00:00:00"),
            ("2024-02-28T14:59:59Z", "2024-02-28 23:59:59"),
            ("2024-02-28T15:00:00Z", "2024-02-29 00:00:00"),
        ] {
            assert_eq!(Moment::new(utc), Moment::InKorea { time: time.to_owned(), utc });
        }
    }

    #[test]
    fn a_stored_text_that_is_no_time_is_shown_as_it_is() {
        assert_eq!(Moment::new("yesterday"), Moment::Unknown { stored: "yesterday" });
    }
}
