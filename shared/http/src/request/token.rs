//! The token in the address of a receipt, which replaces a key: who has the address may see the receipt.

use crate::request::event::Sent;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use payments_domain::{Approval, PaymentKey};
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::{Choice, ConstantTimeEq};

const LENGTH: usize = 16;

/// The token of a receipt. As a digest of secret keys, it can be compared only in constant time.
#[derive(Clone, Copy)]
pub struct ReceiptToken([u8; LENGTH]);

impl ReceiptToken {
    /// The token of an approved payment: the first 16 bytes of the SHA-256 digest of `receipt`, the payment key and the id of the
    /// request that approved it, with zero bytes between them. No one can guess it without that id.
    pub fn of(key: &PaymentKey, approval: &Approval) -> Self {
        Self::over(key, approval.stamp.by())
    }

    fn over(key: &PaymentKey, approved_by: &str) -> Self {
        let mut digest = Sha256::new();
        digest.update(b"receipt\0");
        digest.update(key.as_str());
        digest.update(b"\0");
        digest.update(approved_by);
        let mut token = [0; LENGTH];
        token.iter_mut().zip(digest.finalize()).for_each(|(byte, digest)| *byte = digest);
        Self(token)
    }

    /// The token in a request. `None` if there is none, more than one, or a text that no token has.
    pub(crate) fn sent(values: &[Sent]) -> Option<Self> {
        let [Sent::Text(text)] = values else { return None };
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// Whether `sent` is the token of a payment. It takes the same time for every payment that is not approved and for every token,
    /// so that the time shows nothing of a payment either.
    pub fn opens(sent: Option<Self>, key: &PaymentKey, approval: Option<&Approval>) -> bool {
        let token = Self::over(key, approval.map_or("", |approval| approval.stamp.by()));
        let equal = token.0.ct_eq(&sent.unwrap_or(Self([0; LENGTH])).0);
        let flag = |is: bool| Choice::from(u8::from(is));
        (equal & flag(sent.is_some()) & flag(approval.is_some())).into()
    }
}

/// Unpadded base64 of the alphabet for URLs.
impl fmt::Display for ReceiptToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use payments_domain::{Method, Stamp};

    /// Of the payment `p` that `request_1` approved; `shared/http/src/answer/receipts.rs` says where it comes from.
    const TOKEN: &str = "qQgT5NSCPoumWoS7H-zitQ";

    fn key(key: &str) -> PaymentKey {
        PaymentKey::parse(key).unwrap()
    }

    fn approval(by: &str) -> Approval {
        Approval { method: Method::Card, stamp: Stamp::stored("2024-01-01T12:34:56Z", by) }
    }

    fn sent(texts: &[&str]) -> Option<ReceiptToken> {
        ReceiptToken::sent(&texts.iter().map(|text| Sent::Text((*text).to_owned())).collect::<Vec<_>>())
    }

    #[test]
    fn a_token_opens_the_payment_that_it_was_made_for() {
        let approval = approval("request_1");
        assert_eq!(ReceiptToken::of(&key("p"), &approval).to_string(), TOKEN);
        assert!(ReceiptToken::opens(sent(&[TOKEN]), &key("p"), Some(&approval)));
    }

    #[test]
    fn a_token_opens_no_other_payment() {
        for (payment, by) in [("q", "request_1"), ("p", "request_2"), ("p", ""), ("P", "request_1")] {
            assert!(!ReceiptToken::opens(sent(&[TOKEN]), &key(payment), Some(&approval(by))), "{payment} by {by}");
        }
        assert!(!ReceiptToken::opens(sent(&[TOKEN]), &key("p"), None), "it is not approved");
        // What the token of a payment would be if the id were empty, which anyone can compute.
        let of_nothing = ReceiptToken::of(&key("p"), &approval(""));
        assert!(!ReceiptToken::opens(Some(of_nothing), &key("p"), None));
    }

    #[test]
    fn every_character_of_a_token_counts() {
        for (at, character) in TOKEN.char_indices() {
            let other = if character == 'A' { 'E' } else { 'A' };
            let altered: String = TOKEN.chars().enumerate().map(|(i, c)| if i == at { other } else { c }).collect();
            let opens = ReceiptToken::opens(sent(&[&altered]), &key("p"), Some(&approval("request_1")));
            assert!(!opens, "{altered}");
        }
    }

    #[test]
    fn a_token_has_one_spelling() {
        let standard = TOKEN.replace('-', "+");
        for texts in [
            &[][..],
            &[""],
            &[TOKEN, TOKEN],
            &[&format!("{TOKEN},{TOKEN}")],
            &[&TOKEN[1..]],
            &[&format!("{TOKEN}A")],
            &[&format!("{TOKEN}==")],
            &[&format!(" {TOKEN}")],
            &[&standard],
            // Its last character has four bits that no token uses.
            &[&format!("{}R", &TOKEN[..21])],
        ] {
            assert!(sent(texts).is_none(), "{texts:?}");
        }
        assert!(ReceiptToken::sent(&[Sent::NotText]).is_none());
        assert!(!ReceiptToken::opens(None, &key("p"), Some(&approval("request_1"))));
    }
}
