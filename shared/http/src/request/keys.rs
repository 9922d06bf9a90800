//! The secret keys that are valid, from the settings. The service has their digests. This module must not put a key into an error.

use crate::request::digest::KeyDigest;
use payments_process::{Environment, SettingError};
use std::fmt;
use subtle::Choice;

/// The secret keys that are valid now: at least one. There can be several, so that a key can be rotated without an outage.
#[derive(Clone)]
pub struct SecretKeys(Vec<KeyDigest>);

/// The key in the integration guide. It is public, so it is only for local runs.
pub const PUBLISHED_KEY: &str = "test_sk_dummy";

/// The setting with a key in plain text.
pub const SECRET_KEY: &str = "PAYMENTS_SECRET_KEY";
/// The setting with the digests of keys.
pub const SECRET_KEY_SHA256: &str = "PAYMENTS_SECRET_KEY_SHA256";

impl fmt::Debug for SecretKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKeys({} of them)", self.0.len())
    }
}

impl SecretKeys {
    /// Reads the keys of both settings.
    ///
    /// # Errors
    /// A setting that is invalid, or none.
    pub fn read(environment: Environment<'_>) -> Result<Self, SettingError> {
        let deployed = environment.is_deployed()?;
        let mut digests = Vec::new();
        if let Some(key) = environment.text(SECRET_KEY)? {
            digests.push(refuse_published_key(SECRET_KEY, plain_key(&key)?, deployed)?);
        }
        if let Some(list) = environment.text(SECRET_KEY_SHA256)? {
            let error = |problem| SettingError { name: SECRET_KEY_SHA256, problem };
            for digest in list.split(',') {
                let digest = KeyDigest::parse(digest.trim()).ok_or_else(|| {
                    error("must be SHA-256 digests of 64 hexadecimal digits each, separated by commas")
                })?;
                // `printf %s "$KEY" | sha256sum` gives it when KEY is not set.
                if digest.matches(&KeyDigest::of(b"")).into() {
                    return Err(error("must not contain the digest of an empty key: was the shell's variable set?"));
                }
                digests.push(refuse_published_key(SECRET_KEY_SHA256, digest, deployed)?);
            }
        }
        if digests.is_empty() {
            return Err(SettingError {
                name: SECRET_KEY_SHA256,
                problem: "must be set (or PAYMENTS_SECRET_KEY, for development): without a key, no client could call the service",
            });
        }
        Ok(Self(digests))
    }

    /// The keys with these digests.
    #[cfg(test)]
    pub(crate) const fn with(digests: Vec<KeyDigest>) -> Self {
        Self(digests)
    }

    /// Whether a digest is that of a valid key. It always takes the same time.
    pub(crate) fn contain(&self, digest: &KeyDigest) -> Choice {
        self.0.iter().fold(Choice::from(0), |known, valid| known | valid.matches(digest))
    }
}

/// Refuses the published key in a deployment, and returns any other.
fn refuse_published_key(name: &'static str, key: KeyDigest, deployed: bool) -> Result<KeyDigest, SettingError> {
    if deployed && key.matches(&KeyDigest::of(PUBLISHED_KEY.as_bytes())).into() {
        return Err(SettingError { name, problem: "must not contain the published test key in AWS Lambda" });
    }
    Ok(key)
}

fn plain_key(key: &str) -> Result<KeyDigest, SettingError> {
    let error = |problem| Err(SettingError { name: SECRET_KEY, problem });
    if key.chars().all(char::is_whitespace) {
        return error("must not be blank");
    }
    if key.contains(':') {
        return error("must not contain a colon: Basic authentication could not carry it");
    }
    if key.chars().any(char::is_control) {
        return error("must not contain control characters, a line end included");
    }
    Ok(KeyDigest::of(key.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    const DIGEST: &str = "d8d4b5d5ea6ba2af3ab2a6b3c7b4e2a1b3e2a7b36e8a56d1b8cb1de5a9a0a7a4";
    const LAMBDA: (&str, &str) = ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
    const SAM_LOCAL: (&str, &str) = ("AWS_SAM_LOCAL", "true");

    fn read(variables: &[(&str, &str)]) -> Result<SecretKeys, SettingError> {
        let lookup = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| OsString::from(value));
        SecretKeys::read(Environment::new(&lookup))
    }

    fn wrong(variables: &[(&str, &str)]) -> &'static str {
        read(variables).unwrap_err().name
    }

    #[test]
    fn a_start_without_a_usable_key_is_refused_and_names_the_setting() {
        assert_eq!(wrong(&[]), SECRET_KEY_SHA256);
        assert_eq!(wrong(&[(SECRET_KEY, ""), (SECRET_KEY_SHA256, "")]), SECRET_KEY_SHA256, "empty counts as absent");
        for key in [" ", "a:b", "key\n", "k\u{7f}"] {
            assert_eq!(wrong(&[(SECRET_KEY, key)]), SECRET_KEY, "{key:?}");
        }
        let short = &DIGEST[1..];
        let not_hex = DIGEST.replace('d', "g");
        // What `printf %s "$KEY" | sha256sum` prints when KEY is not set.
        let of_nothing = "E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let both = format!("{DIGEST},{of_nothing}");
        let spaced = format!("{DIGEST} {DIGEST}");
        for digests in [short, &not_hex, ",", &format!("{DIGEST},"), &spaced, " ", of_nothing, &both] {
            assert_eq!(wrong(&[(SECRET_KEY, "good"), (SECRET_KEY_SHA256, digests)]), SECRET_KEY_SHA256, "{digests}");
        }
    }

    #[test]
    fn one_key_of_either_setting_is_enough_and_both_may_be_set() {
        let count = |variables: &[(&str, &str)]| format!("{:?}", read(variables).unwrap());
        assert_eq!(count(&[(SECRET_KEY, "a key")]), "SecretKeys(1 of them)");
        assert_eq!(count(&[(SECRET_KEY_SHA256, DIGEST)]), "SecretKeys(1 of them)");
        let two = format!("{DIGEST}, {DIGEST}");
        assert_eq!(count(&[(SECRET_KEY, "a key"), (SECRET_KEY_SHA256, &two)]), "SecretKeys(3 of them)");
    }

    #[test]
    fn the_published_key_is_refused_in_lambda_and_nowhere_else() {
        // What `printf %s test_sk_dummy | sha256sum` prints.
        const PUBLISHED: &str = "463eb4473a38680fa2e76e6c12bda8ec2d6238a7f1e096c9772d33444f724b4b";
        let both = format!("{DIGEST},{}", PUBLISHED.to_uppercase());
        for setting in [(SECRET_KEY, PUBLISHED_KEY), (SECRET_KEY_SHA256, PUBLISHED), (SECRET_KEY_SHA256, &both)] {
            assert_eq!(wrong(&[setting, LAMBDA]), setting.0, "in Lambda");
            assert!(read(&[setting]).is_ok(), "on a developer's machine");
            assert!(read(&[setting, LAMBDA, SAM_LOCAL]).is_ok(), "in sam local");
        }
        assert!(read(&[(SECRET_KEY_SHA256, DIGEST), LAMBDA]).is_ok(), "another key");
    }

    #[test]
    fn an_error_never_quotes_the_setting() {
        let error = read(&[(SECRET_KEY, "s3cr3t:")]).unwrap_err();
        assert!(!error.to_string().contains("s3cr3t"));
    }
}
