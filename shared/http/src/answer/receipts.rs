//! The addresses of receipts. They are computed for each answer and never stored.

use crate::request::{ReceiptToken, TOKEN_PARAMETER};
use payments_domain::{Approval, PaymentKey};
use payments_process::{Environment, SettingError};
use serde::Serialize;

const RECEIPT_BASE_URL: &str = "RECEIPT_BASE_URL";
/// The setting that turns the pages of receipts on.
pub const RECEIPT_PAGES: &str = "RECEIPT_PAGES";
const RECEIPT_MERCHANT_NAME: &str = "RECEIPT_MERCHANT_NAME";

/// How long the merchant's name may be, in characters, so that it fits on a receipt.
const LONGEST_NAME: usize = 60;

/// Where receipts are, and whether this service has pages for them.
#[derive(Debug, Clone)]
pub struct Receipts {
    base: String,
    pages: Option<ReceiptPages>,
}

/// What all pages of receipts show.
#[derive(Debug, Clone)]
pub struct ReceiptPages {
    /// The name of the shop.
    pub merchant: Option<String>,
}

/// The receipt of a payment, as an answer shows it.
#[derive(Debug, Serialize)]
pub struct Receipt {
    url: String,
}

impl Receipts {
    /// The base in the integration guide. Its addresses open nothing.
    pub const DEFAULT_BASE: &str = "https://pay.local/receipts";

    /// Reads the settings. Without one, pages are at `base_of_pages`. A trailing slash of a base makes no difference.
    ///
    /// # Errors
    /// A setting that is invalid.
    pub fn read(environment: Environment<'_>, base_of_pages: &str) -> Result<Self, SettingError> {
        let base = environment.text(RECEIPT_BASE_URL)?;
        let merchant = environment.text(RECEIPT_MERCHANT_NAME)?.map(merchant_name).transpose()?;
        let pages = match environment.text(RECEIPT_PAGES)?.as_deref() {
            None | Some("off") => None,
            Some("on") => Some(ReceiptPages { merchant }),
            Some(_) => return Err(SettingError { name: RECEIPT_PAGES, problem: "must be `on` or `off`" }),
        };
        let default = if pages.is_some() { base_of_pages } else { Self::DEFAULT_BASE };
        let base = base.as_deref().unwrap_or(default).trim_end_matches('/').to_owned();
        Ok(Self { base, pages })
    }

    /// The pages of receipts. `None` if they are off.
    pub const fn pages(&self) -> Option<&ReceiptPages> {
        self.pages.as_ref()
    }

    /// The receipt of an approved payment. Neither a payment key nor a token needs escaping in a URL.
    pub fn of(&self, key: &PaymentKey, approval: &Approval) -> Receipt {
        let url = format!("{}/{}", self.base, key.as_str());
        Receipt {
            url: match self.pages {
                Some(_) => format!("{url}?{TOKEN_PARAMETER}={}", ReceiptToken::of(key, approval)),
                None => url,
            },
        }
    }
}

fn merchant_name(name: String) -> Result<String, SettingError> {
    let error = |problem| Err(SettingError { name: RECEIPT_MERCHANT_NAME, problem });
    if name.chars().count() > LONGEST_NAME {
        return error("must not be over 60 characters");
    }
    if name.chars().all(char::is_whitespace) {
        return error("must not be blank");
    }
    if name.chars().any(char::is_control) {
        return error("must not contain control characters, a line end included");
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use payments_domain::{Method, Stamp};
    use std::ffi::OsString;

    fn read(variables: &[(&str, &str)]) -> Result<Receipts, SettingError> {
        let lookup = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| OsString::from(value));
        Receipts::read(Environment::new(&lookup), "http://localhost:9090/receipts")
    }

    fn url(variables: &[(&str, &str)]) -> String {
        let approval = Approval { method: Method::Card, stamp: Stamp::stored("2024-01-01T12:34:56Z", "request_1") };
        read(variables).unwrap().of(&PaymentKey::parse("p").unwrap(), &approval).url
    }

    #[test]
    fn an_address_is_the_base_and_the_key_while_pages_are_off() {
        for off in [&[][..], &[(RECEIPT_PAGES, "off")], &[(RECEIPT_PAGES, ""), (RECEIPT_MERCHANT_NAME, "A shop")]] {
            assert_eq!(url(off), "https://pay.local/receipts/p", "{off:?}");
        }
        for base in ["https://r.example/x", "https://r.example/x/"] {
            assert_eq!(url(&[(RECEIPT_BASE_URL, base)]), "https://r.example/x/p");
        }
    }

    /// The token is what `printf 'receipt\0p\0request_1' | sha256sum | head -c 32 | xxd -r -p | base64 | tr +/ -_` prints, without `=`.
    #[test]
    fn an_address_has_a_token_while_pages_are_on() {
        const TOKEN: &str = "qQgT5NSCPoumWoS7H-zitQ";
        assert_eq!(url(&[(RECEIPT_PAGES, "on")]), format!("http://localhost:9090/receipts/p?t={TOKEN}"));
        let elsewhere = [(RECEIPT_PAGES, "on"), (RECEIPT_BASE_URL, "https://r.example/receipts/")];
        assert_eq!(url(&elsewhere), format!("https://r.example/receipts/p?t={TOKEN}"));
    }

    #[test]
    fn a_setting_that_is_invalid_is_refused_by_its_name() {
        let wrong = |name: &'static str, value: &str| {
            assert_eq!(read(&[(name, value)]).unwrap_err().name, name, "{value:?}");
        };
        for merchant in [" ", "a\nb", "a\u{7f}", &"가".repeat(61)] {
            wrong(RECEIPT_MERCHANT_NAME, merchant);
        }
        for pages in ["ON", "true", "1", " on", "yes"] {
            wrong(RECEIPT_PAGES, pages);
        }
        let longest = "가".repeat(60);
        let receipts = read(&[(RECEIPT_PAGES, "on"), (RECEIPT_MERCHANT_NAME, &longest)]).unwrap();
        assert_eq!(receipts.pages().unwrap().merchant.as_deref(), Some(&*longest));
    }
}
