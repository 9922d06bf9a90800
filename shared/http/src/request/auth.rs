//! Authentication. The service has the digests of secret keys, not the keys, and compares them in constant time. This module must
//! not put a key into an error or a log.

use crate::request::digest::KeyDigest;
use crate::request::error::RequestError;
use crate::request::event::{Headers, Sent};
use crate::request::keys::SecretKeys;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use lambda_http::http::header::AUTHORIZATION;

/// Accepts a request whose `Authorization` is `Basic base64("<key>:")` for a valid key.
///
/// The comparison takes the same time for every key, and the answer is the same for a missing, a malformed and a wrong header. A
/// longer header takes longer to decode and hash, which reveals nothing to its sender.
///
/// # Errors
/// [`RequestError::Unauthorized`].
pub(crate) fn authenticate(keys: &SecretKeys, headers: &Headers) -> Result<(), RequestError> {
    let mut values = headers.all(&AUTHORIZATION);
    let value = match (values.next(), values.next()) {
        (Some(Sent::Text(value)), None) => value.as_bytes(),
        _ => b"",
    };
    let key = presented_key(value);
    let digest = KeyDigest::of(key.as_deref().unwrap_or(value));
    if key.is_some() & bool::from(keys.contain(&digest)) { Ok(()) } else { Err(RequestError::Unauthorized) }
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

    fn keys(keys: &[&str]) -> SecretKeys {
        SecretKeys::with(keys.iter().map(|key| KeyDigest::of(key.as_bytes())).collect())
    }

    fn admits(values: &[&str]) -> bool {
        let headers = values.iter().map(|value| (AUTHORIZATION, Sent::Text((*value).to_owned()))).collect();
        authenticate(&keys(&["other", "test_sk_dummy"]), &headers).is_ok()
    }

    fn basic(decoded: &[u8]) -> String {
        format!("Basic {}", STANDARD.encode(decoded))
    }

    #[test]
    fn a_valid_key_is_admitted_in_every_spelling_of_the_contract() {
        assert!(admits(&["Basic dGVzdF9za19kdW1teTo="]), "the guide's own example");
        assert!(admits(&["Basic dGVzdF9za19kdW1teTo"]), "unpadded, as a published client sends it");
        assert!(admits(&["bAsIC dGVzdF9za19kdW1teTo="]), "the scheme is case-insensitive");
        assert!(admits(&[&basic(b"other:")]), "the second key of a rotation");
    }

    #[test]
    fn a_digest_may_be_listed_twice() {
        let headers = Headers::from_iter([(AUTHORIZATION, Sent::Text(basic(b"k:")))]);
        assert!(authenticate(&keys(&["k"; 2]), &headers).is_ok());
    }

    /// One header for each part of the rule; tests/service/hostile has many more.
    #[test]
    fn no_other_header_is_admitted() {
        for value in [
            "",
            "Basic",
            "Basic  dGVzdF9za19kdW1teTo=",
            "Bearer dGVzdF9za19kdW1teTo=",
            "Basic dGVzdF9za19kdW1teTo==",
            "Basic dGVzdF9za19kdW1teTp=",
            &basic(b"another_key:"),
            &basic(b"test_sk_dummy"),
            &basic(b"test_sk_dummy::"),
            &basic(b":test_sk_dummy:"),
            &basic(b":"),
        ] {
            assert!(!admits(&[value]), "{value:?}");
        }
        assert!(!admits(&[]));
        let not_text = Headers::from_iter([(AUTHORIZATION, Sent::NotText)]);
        assert!(authenticate(&keys(&["test_sk_dummy"]), &not_text).is_err());
        assert!(!admits(&["Basic dGVzdF9za19kdW1teTo=", "Basic dGVzdF9za19kdW1teTo="]), "two values are refused");
    }

    #[test]
    fn an_empty_key_or_one_with_a_colon_is_never_valid() {
        for key in ["", ":", "a:b", "a:", ":a"] {
            let value = basic(format!("{key}:").as_bytes());
            let headers = Headers::from_iter([(AUTHORIZATION, Sent::Text(value))]);
            assert!(authenticate(&keys(&[key]), &headers).is_err(), "{key:?}");
        }
    }
}
