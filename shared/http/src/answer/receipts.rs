//! The addresses of receipts. They are computed for each answer and never stored.

use payments_domain::PaymentKey;
use payments_process::{Environment, SettingError};
use serde::Serialize;

const RECEIPT_BASE_URL: &str = "RECEIPT_BASE_URL";

/// The base of the addresses of receipts.
#[derive(Debug, Clone)]
pub struct Receipts(String);

/// The receipt of a payment, as an answer shows it.
#[derive(Debug, Serialize)]
pub struct Receipt {
    url: String,
}

impl Receipts {
    /// Reads the base. A trailing slash makes no difference.
    ///
    /// # Errors
    /// A setting that is invalid.
    pub fn read(environment: Environment<'_>) -> Result<Self, SettingError> {
        let base = environment.text(RECEIPT_BASE_URL)?;
        let base = base.as_deref().unwrap_or("https://pay.local/receipts");
        Ok(Self(base.trim_end_matches('/').to_owned()))
    }

    /// The receipt of a payment. A payment key needs no escaping in a URL.
    pub fn of(&self, key: &PaymentKey) -> Receipt {
        Receipt { url: format!("{}/{}", self.0, key.as_str()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    #[test]
    fn an_address_is_the_base_and_the_key() {
        let url = |base: Option<&str>| {
            let lookup = |_: &str| base.map(OsString::from);
            Receipts::read(Environment::new(&lookup)).unwrap().of(&PaymentKey::parse("p").unwrap()).url
        };
        assert_eq!(url(None), "https://pay.local/receipts/p");
        for base in ["https://r.example/x", "https://r.example/x/"] {
            assert_eq!(url(Some(base)), "https://r.example/x/p");
        }
    }
}
