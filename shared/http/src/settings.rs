//! Configuration from the environment, read once at the start. Errors name the variable, never its value.

use crate::auth::SecretKeys;
use crate::digest::KeyDigest;
use crate::receipts::Receipts;
use payments_store::TrustStore;
use std::ffi::OsString;

/// The settings of the environment.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The secret keys that are valid: those of both key settings.
    pub keys: SecretKeys,
    /// The name of the table.
    pub table: String,
    /// Where receipts are.
    pub receipts: Receipts,
    /// The namespace of the metrics.
    pub metrics_namespace: String,
    /// The root certificates for https endpoints.
    pub trust_store: TrustStore,
    /// Whether a function connects to DynamoDB before its first event.
    pub connect_at_start: bool,
}

/// An invalid setting; the program does not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} {problem}")]
pub struct SettingError {
    /// The name of the environment variable.
    pub name: &'static str,
    /// What is wrong with its value.
    pub problem: &'static str,
}

/// The key in the integration guide. It is public, so it is only for local runs.
pub const PUBLISHED_KEY: &str = "test_sk_dummy";

const SECRET_KEY: &str = "PAYMENTS_SECRET_KEY";
const SECRET_KEY_SHA256: &str = "PAYMENTS_SECRET_KEY_SHA256";
const TABLE_NAME: &str = "TABLE_NAME";
const RECEIPT_BASE_URL: &str = "RECEIPT_BASE_URL";
const METRICS_NAMESPACE: &str = "METRICS_NAMESPACE";
const TRUST_STORE: &str = "TRUST_STORE";
const CONNECT_AT_START: &str = "CONNECT_AT_START";
const ENDPOINT: &str = "AWS_ENDPOINT_URL_DYNAMODB";
const ENDPOINT_OF_ALL: &str = "AWS_ENDPOINT_URL";
/// Lambda sets this variable for every function. `sam local` sets it, too.
const LAMBDA: &str = "AWS_LAMBDA_INITIALIZATION_TYPE";
const SAM_LOCAL: &str = "AWS_SAM_LOCAL";

impl Settings {
    /// Reads the settings with `lookup`, which finds a variable of the environment. An empty one counts as absent.
    ///
    /// # Errors
    /// The first setting that is invalid.
    pub fn read(lookup: &impl Fn(&str) -> Option<OsString>) -> Result<Self, SettingError> {
        let deployed = is_deployed(lookup)?;
        let mut digests = Vec::new();
        if let Some(key) = text(lookup, SECRET_KEY)? {
            digests.push(refuse_published_key(SECRET_KEY, plain_key(&key)?, deployed)?);
        }
        if let Some(list) = text(lookup, SECRET_KEY_SHA256)? {
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
        let keys = SecretKeys::new(digests).ok_or(SettingError {
            name: SECRET_KEY_SHA256,
            problem: "must be set (or PAYMENTS_SECRET_KEY, for development): without a key, no client could call the service",
        })?;
        let table = text(lookup, TABLE_NAME)?.unwrap_or_else(|| "payments".to_owned());
        let receipts = text(lookup, RECEIPT_BASE_URL)?.unwrap_or_else(|| "https://pay.local/receipts".to_owned());
        let metrics_namespace = text(lookup, METRICS_NAMESPACE)?.unwrap_or_else(|| "atdd-payments".to_owned());
        let trust_store = trust_store(text(lookup, TRUST_STORE)?.as_deref())?;
        let connect_at_start = match text(lookup, CONNECT_AT_START)?.as_deref() {
            None | Some("true") => true,
            Some("false") => false,
            Some(_) => return Err(SettingError { name: CONNECT_AT_START, problem: "must be `true` or `false`" }),
        };
        let receipts = Receipts::under(&receipts);
        Ok(Self { keys, table, receipts, metrics_namespace, trust_store, connect_at_start })
    }
}

fn trust_store(setting: Option<&str>) -> Result<TrustStore, SettingError> {
    let error = |problem| SettingError { name: TRUST_STORE, problem };
    match setting {
        None | Some("amazon") => Ok(TrustStore::amazon()),
        Some("system") => TrustStore::system().ok_or_else(|| {
            error("is `system`, which has no root certificates: install some, or name a PEM file of them in SSL_CERT_FILE")
        }),
        Some(_) => Err(error("must be `amazon` or `system`")),
    }
}

/// Where DynamoDB is: the endpoint of `AWS_ENDPOINT_URL_DYNAMODB` or else of `AWS_ENDPOINT_URL`, or `None` for the region's
/// own, which only a function in Lambda may use. Outside Lambda the endpoint is required, so that a local run never reaches
/// a real account.
///
/// # Errors
/// [`SettingError`] outside Lambda without an endpoint.
pub(crate) fn dynamodb_endpoint(lookup: &impl Fn(&str) -> Option<OsString>) -> Result<Option<String>, SettingError> {
    let endpoint = match text(lookup, ENDPOINT)? {
        Some(endpoint) => Some(endpoint),
        None => text(lookup, ENDPOINT_OF_ALL)?,
    };
    if endpoint.is_none() && !is_deployed(lookup)? {
        let problem = "must be set outside AWS Lambda, for instance to the DynamoDB endpoint that `cargo run` prints";
        return Err(SettingError { name: ENDPOINT, problem });
    }
    Ok(endpoint)
}

/// Whether this is a function in Lambda itself.
fn is_deployed(lookup: &impl Fn(&str) -> Option<OsString>) -> Result<bool, SettingError> {
    Ok(text(lookup, LAMBDA)?.is_some() && text(lookup, SAM_LOCAL)?.is_none())
}

/// Refuses the published key in a deployment, and returns any other.
fn refuse_published_key(name: &'static str, key: KeyDigest, deployed: bool) -> Result<KeyDigest, SettingError> {
    if deployed && key.matches(&KeyDigest::of(PUBLISHED_KEY.as_bytes())).into() {
        return Err(SettingError { name, problem: "must not contain the published test key in AWS Lambda" });
    }
    Ok(key)
}

fn text(lookup: &impl Fn(&str) -> Option<OsString>, name: &'static str) -> Result<Option<String>, SettingError> {
    let Some(value) = lookup(name) else { return Ok(None) };
    let value = value.into_string().map_err(|_| SettingError { name, problem: "must be UTF-8" })?;
    Ok((!value.is_empty()).then_some(value))
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
    use payments_domain::PaymentKey;

    const DUMMY: &str = "d8d4b5d5ea6ba2af3ab2a6b3c7b4e2a1b3e2a7b36e8a56d1b8cb1de5a9a0a7a4";

    fn with<'a>(variables: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<OsString> + 'a {
        move |name| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| OsString::from(value))
    }

    fn wrong(variables: &[(&str, &str)]) -> &'static str {
        Settings::read(&with(variables)).unwrap_err().name
    }

    #[test]
    fn one_key_is_enough_and_the_rest_has_defaults() {
        for variables in [[(SECRET_KEY, "test_sk_dummy")], [(SECRET_KEY_SHA256, DUMMY)]] {
            let settings = Settings::read(&with(&variables)).unwrap();
            assert_eq!(settings.table, "payments");
            let key = PaymentKey::parse("pay_1").unwrap();
            assert_eq!(settings.receipts.url(&key), "https://pay.local/receipts/pay_1");
        }
    }

    #[test]
    fn a_trailing_slash_of_the_receipt_base_makes_no_difference() {
        for base in ["https://r.example/x", "https://r.example/x/"] {
            let settings = Settings::read(&with(&[(SECRET_KEY, "k"), (RECEIPT_BASE_URL, base)])).unwrap();
            assert_eq!(settings.receipts.url(&PaymentKey::parse("p").unwrap()), "https://r.example/x/p");
        }
    }

    #[test]
    fn a_start_without_a_usable_key_is_refused_and_names_the_setting() {
        assert_eq!(wrong(&[]), SECRET_KEY_SHA256);
        assert_eq!(wrong(&[(SECRET_KEY, ""), (SECRET_KEY_SHA256, "")]), SECRET_KEY_SHA256, "empty counts as absent");
        for key in [" ", "a:b", "key\n", "k\u{7f}"] {
            assert_eq!(wrong(&[(SECRET_KEY, key)]), SECRET_KEY, "{key:?}");
        }
        let short = &DUMMY[1..];
        let not_hex = DUMMY.replace('d', "g");
        // What `printf %s "$KEY" | sha256sum` prints when KEY is not set.
        let of_nothing = "E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let both = format!("{DUMMY},{of_nothing}");
        for digests in [short, &not_hex, ",", &format!("{DUMMY},"), &format!("{DUMMY} {DUMMY}"), " ", of_nothing, &both]
        {
            assert_eq!(wrong(&[(SECRET_KEY, "good"), (SECRET_KEY_SHA256, digests)]), SECRET_KEY_SHA256, "{digests}");
        }
    }

    #[test]
    fn the_published_key_is_refused_in_lambda_and_nowhere_else() {
        // What `printf %s test_sk_dummy | sha256sum` prints.
        const DIGEST: &str = "463eb4473a38680fa2e76e6c12bda8ec2d6238a7f1e096c9772d33444f724b4b";
        let both = format!("{DUMMY},{}", DIGEST.to_uppercase());
        for setting in [(SECRET_KEY, PUBLISHED_KEY), (SECRET_KEY_SHA256, DIGEST), (SECRET_KEY_SHA256, &both)] {
            assert_eq!(wrong(&[setting, (LAMBDA, "on-demand")]), setting.0, "in Lambda");
            assert!(Settings::read(&with(&[setting])).is_ok(), "on a developer's machine");
            let sam_local = [setting, (LAMBDA, "on-demand"), (SAM_LOCAL, "true")];
            assert!(Settings::read(&with(&sam_local)).is_ok(), "in sam local");
        }
        assert!(Settings::read(&with(&[(SECRET_KEY_SHA256, DUMMY), (LAMBDA, "on-demand")])).is_ok(), "another key");
    }

    #[test]
    fn an_error_never_quotes_the_setting() {
        let error = Settings::read(&with(&[(SECRET_KEY, "s3cr3t:")])).unwrap_err();
        assert!(!error.to_string().contains("s3cr3t"));
    }

    #[test]
    fn outside_lambda_an_endpoint_is_required() {
        let sam_local = [(LAMBDA, "on-demand"), (SAM_LOCAL, "true")];
        assert_eq!(dynamodb_endpoint(&with(&[(LAMBDA, "on-demand")])), Ok(None));
        assert_eq!(dynamodb_endpoint(&with(&[])).unwrap_err().name, ENDPOINT);
        assert_eq!(dynamodb_endpoint(&with(&[(ENDPOINT, "")])).unwrap_err().name, ENDPOINT);
        assert_eq!(dynamodb_endpoint(&with(&sam_local)).unwrap_err().name, ENDPOINT);
        for variables in [&[][..], &sam_local, &[(LAMBDA, "on-demand")]] {
            let mut variables = variables.to_vec();
            variables.push((ENDPOINT_OF_ALL, "http://localhost:1"));
            assert_eq!(dynamodb_endpoint(&with(&variables)), Ok(Some("http://localhost:1".to_owned())));
            variables.push((ENDPOINT, "http://localhost:2"));
            assert_eq!(dynamodb_endpoint(&with(&variables)), Ok(Some("http://localhost:2".to_owned())));
        }
    }

    #[test]
    fn a_misspelled_switch_is_refused() {
        let key = (SECRET_KEY, "test_sk_dummy");
        for (name, value) in [(TRUST_STORE, "System"), (CONNECT_AT_START, "no"), (CONNECT_AT_START, "1")] {
            assert_eq!(wrong(&[key, (name, value)]), name, "{value}");
        }
        let connects = |value| Settings::read(&with(&[key, (CONNECT_AT_START, value)])).unwrap().connect_at_start;
        assert_eq!(["", "true", "false"].map(connects), [true, true, false]);
    }
}
