//! The digest of a secret key, the only form in which the service has a key.
//!
//! Two digests can be compared only in constant time: there is no `==`, and no code outside this module can read their bytes.

use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// The SHA-256 digest of a secret key.
#[derive(Clone, Copy)]
pub(crate) struct KeyDigest([u8; 32]);

impl KeyDigest {
    /// The digest of a key.
    pub(crate) fn of(key: &[u8]) -> Self {
        Self(Sha256::digest(key).into())
    }

    /// Parses a digest of 64 hexadecimal digits. `None` for any other text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// Whether both are of the same key. It always takes the same time.
    pub(crate) fn matches(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn the_digest_of_a_key_is_sha_256_in_hexadecimal_digits() {
        let is_of_abc =
            |text: &str| KeyDigest::parse(text).is_some_and(|digest| digest.matches(&KeyDigest::of(b"abc")).into());
        // Source: FIPS 180-4, the example of one block.
        assert!(is_of_abc(OF_ABC));
        assert!(is_of_abc(&OF_ABC.to_uppercase()));
        for (at, _) in OF_ABC.char_indices() {
            let mut other = OF_ABC.to_owned();
            let digit = if other.remove(at) == '0' { '1' } else { '0' };
            other.insert(at, digit);
            assert!(!is_of_abc(&other), "digit {at} counts");
        }
    }

    #[test]
    fn no_other_text_is_a_digest() {
        let long = format!("{OF_ABC}0");
        let odd = format!("+{}", &OF_ABC[1..]);
        let wide = "é".repeat(32);
        for text in ["", &OF_ABC[1..], &OF_ABC[2..], &long, &odd, &wide, &OF_ABC.replace('b', "g")] {
            assert!(KeyDigest::parse(text).is_none(), "{text}");
        }
    }
}
