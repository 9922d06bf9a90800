//! Authentication. The service has the digests of secret keys, not the keys, and compares them in constant time. This module must
//! not put a key into an error or a log.

use crate::digest::KeyDigest;
use crate::error::ApiError;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use lambda_http::http::{HeaderMap, header::AUTHORIZATION};
use std::fmt;
use subtle::Choice;

/// Who sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// The merchant: anyone with a secret key.
    Merchant,
    /// A caller of an endpoint that needs no key.
    Anybody,
}

/// The secret keys that are valid now. There can be several, so that a key can be rotated without an outage.
#[derive(Clone)]
pub struct SecretKeys(Vec<KeyDigest>);

impl fmt::Debug for SecretKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKeys({} of them)", self.0.len())
    }
}

impl SecretKeys {
    /// The keys with these digests. `None` if there are none.
    pub(crate) fn new(digests: Vec<KeyDigest>) -> Option<Self> {
        (!digests.is_empty()).then_some(Self(digests))
    }

    /// Returns who sent a request: the merchant, if `Authorization` is `Basic base64("<key>:")` for a valid key.
    ///
    /// The comparison takes the same time for every key, and the answer is the same for a missing, a malformed and a wrong header. A
    /// longer header takes longer to decode and hash, which reveals nothing to its sender.
    ///
    /// # Errors
    /// [`ApiError::Unauthorized`].
    pub(crate) fn authenticate(&self, headers: &HeaderMap) -> Result<Caller, ApiError> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let value = match (values.next(), values.next()) {
            (Some(value), None) => value.as_bytes(),
            _ => b"",
        };
        let key = presented_key(value);
        let digest = KeyDigest::of(key.as_deref().unwrap_or(value));
        let known = self.0.iter().fold(Choice::from(0), |known, valid| known | valid.matches(&digest));
        if key.is_some() & bool::from(known) { Ok(Caller::Merchant) } else { Err(ApiError::Unauthorized) }
    }
}

/// The key in a Basic credential. The scheme is case-insensitive, and one space follows it. The base64 is of the standard
/// alphabet, fully padded or not at all. It decodes to the key, which is never empty, and one colon.
fn presented_key(value: &[u8]) -> Option<Vec<u8>> {
    let (scheme, credential) = value.split_at_checked(b"basic ".len())?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    let engine = if credential.ends_with(b"=") { STANDARD } else { STANDARD_NO_PAD };
    let mut key = engine.decode(credential).ok()?;
    (key.pop() == Some(b':') && !key.is_empty() && !key.contains(&b':')).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_http::http::HeaderValue;

    fn admits(values: &[&[u8]]) -> bool {
        let keys = SecretKeys::new(vec![KeyDigest::of(b"other"), KeyDigest::of(b"test_sk_dummy")]).unwrap();
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        }
        keys.authenticate(&headers).is_ok()
    }

    fn basic(decoded: &[u8]) -> Vec<u8> {
        format!("Basic {}", STANDARD.encode(decoded)).into_bytes()
    }

    #[test]
    fn a_valid_key_is_admitted_in_every_spelling_of_the_contract() {
        assert!(admits(&[b"Basic dGVzdF9za19kdW1teTo="]), "the guide's own example");
        assert!(admits(&[b"Basic dGVzdF9za19kdW1teTo"]), "unpadded, as a published client sends it");
        assert!(admits(&[b"bAsIC dGVzdF9za19kdW1teTo="]), "the scheme is case-insensitive");
        assert!(admits(&[&basic(b"other:")]), "the second key of a rotation");
    }

    #[test]
    fn a_digest_may_be_listed_twice() {
        let keys = SecretKeys::new(vec![KeyDigest::of(b"k"); 2]).unwrap();
        let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_bytes(&basic(b"k:")).unwrap())]);
        assert!(keys.authenticate(&headers).is_ok());
    }

    #[test]
    fn no_other_header_is_admitted() {
        let cases: [&[u8]; 15] = [
            b"",
            b"Basic",
            b"Basic ",
            b"Basic  dGVzdF9za19kdW1teTo=",
            b"Basic\tdGVzdF9za19kdW1teTo=",
            b"Bearer dGVzdF9za19kdW1teTo=",
            b"dGVzdF9za19kdW1teTo=",
            b"Basic dGVzdF9za19kdW1teTo==",
            b"Basic dGVzdF9za19kdW1teTp=",
            b"Basic dGVzdF9za19kdW1teTo= ",
            b"Basic dGVz dF9za19kdW1teTo=",
            b"Basic dGVzdF9za19kdW1teTo=,Basic dGVzdF9za19kdW1teTo=",
            b"Basic dGVzdF9za19kdW1te\xff",
            b"Basic dGVzdF9za19kdW1teQ==",
            b"test_sk_dummy:",
        ];
        for case in cases {
            assert!(!admits(&[case]), "{:?}", String::from_utf8_lossy(case));
        }
        let decoded: [&[u8]; 11] = [
            b":",
            b"",
            b"test_sk_dummy",
            b"test_sk_dummy::",
            b"test_sk_dummy:x",
            b":test_sk_dummy",
            b"test_sk_dummy:\n",
            b"TEST_SK_DUMMY:",
            b"test_sk_dumm:",
            b"test_sk_dummy + :",
            b"\xff\xfe:",
        ];
        for case in decoded {
            assert!(!admits(&[&basic(case)]), "{:?}", String::from_utf8_lossy(case));
        }
        assert!(!admits(&[]));
        assert!(!admits(&[b"Basic dGVzdF9za19kdW1teTo=", b"Basic dGVzdF9za19kdW1teTo="]), "two values are refused");
    }

    #[test]
    fn an_empty_key_or_one_with_a_colon_is_never_valid() {
        for key in ["", ":", "a:b", "a:", ":a"] {
            let keys = SecretKeys::new(vec![KeyDigest::of(key.as_bytes())]).unwrap();
            let value = HeaderValue::from_bytes(&basic(format!("{key}:").as_bytes())).unwrap();
            let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
            assert!(keys.authenticate(&headers).is_err(), "{key:?}");
        }
    }

    #[test]
    fn keys_do_not_print() {
        assert_eq!(format!("{:?}", SecretKeys(vec![KeyDigest::of(b"k")])), "SecretKeys(1 of them)");
    }
}
