//! The addresses of receipts. They are computed for each answer and never stored.

use payments_domain::PaymentKey;

/// The base of the addresses of receipts.
#[derive(Debug, Clone)]
pub struct Receipts(String);

impl Receipts {
    /// Receipts under `base`; a trailing slash makes no difference.
    pub fn under(base: &str) -> Self {
        Self(base.trim_end_matches('/').to_owned())
    }

    /// The address of a payment's receipt. A payment key needs no escaping in a URL.
    pub fn url(&self, key: &PaymentKey) -> String {
        format!("{}/{}", self.0, key.as_str())
    }
}
