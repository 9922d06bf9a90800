//! The settings of every process, read once at the start.

use crate::environment::{Environment, SettingError};
use payments_store::TrustStore;

/// The settings of every process.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The name of the table.
    pub table: String,
    /// The namespace of the metrics.
    pub metrics_namespace: String,
    /// The root certificates for https endpoints.
    pub trust_store: TrustStore,
}

const TABLE_NAME: &str = "TABLE_NAME";
const METRICS_NAMESPACE: &str = "METRICS_NAMESPACE";
const TRUST_STORE: &str = "TRUST_STORE";
const ENDPOINT: &str = "AWS_ENDPOINT_URL_DYNAMODB";
const ENDPOINT_OF_ALL: &str = "AWS_ENDPOINT_URL";

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    /// The first setting that is invalid.
    pub fn read(environment: Environment<'_>) -> Result<Self, SettingError> {
        let table = environment.text(TABLE_NAME)?.unwrap_or_else(|| "payments".to_owned());
        let metrics_namespace = environment.text(METRICS_NAMESPACE)?.unwrap_or_else(|| "atdd-payments".to_owned());
        let trust_store = trust_store(environment.text(TRUST_STORE)?.as_deref())?;
        Ok(Self { table, metrics_namespace, trust_store })
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
pub(crate) fn dynamodb_endpoint(environment: Environment<'_>) -> Result<Option<String>, SettingError> {
    let endpoint = match environment.text(ENDPOINT)? {
        Some(endpoint) => Some(endpoint),
        None => environment.text(ENDPOINT_OF_ALL)?,
    };
    if endpoint.is_none() && !environment.is_deployed()? {
        let problem = "must be set outside AWS Lambda, for instance to the DynamoDB endpoint that `cargo run` prints";
        return Err(SettingError { name: ENDPOINT, problem });
    }
    Ok(endpoint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    const LAMBDA: (&str, &str) = ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
    const SAM_LOCAL: (&str, &str) = ("AWS_SAM_LOCAL", "true");

    fn with<'a>(variables: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<OsString> + 'a {
        move |name| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| OsString::from(value))
    }

    #[test]
    fn outside_lambda_an_endpoint_is_required() {
        let endpoint = |variables: &[(&str, &str)]| dynamodb_endpoint(Environment::new(&with(variables)));
        let required = |variables: &[(&str, &str)]| endpoint(variables).unwrap_err().name == ENDPOINT;
        assert_eq!(endpoint(&[LAMBDA]), Ok(None));
        for variables in [&[][..], &[(ENDPOINT, "")], &[LAMBDA, SAM_LOCAL]] {
            assert!(required(variables), "{variables:?}");
        }
        for variables in [&[][..], &[LAMBDA, SAM_LOCAL], &[LAMBDA]] {
            let mut variables = variables.to_vec();
            variables.push((ENDPOINT_OF_ALL, "http://localhost:1"));
            assert_eq!(endpoint(&variables), Ok(Some("http://localhost:1".to_owned())));
            variables.push((ENDPOINT, "http://localhost:2"));
            assert_eq!(endpoint(&variables), Ok(Some("http://localhost:2".to_owned())));
        }
    }

    #[test]
    fn every_setting_has_a_default_and_a_misspelled_one_is_refused() {
        let read = |variables: &[(&str, &str)]| Settings::read(Environment::new(&with(variables)));
        let defaults = read(&[(TABLE_NAME, "")]).unwrap();
        assert_eq!((&*defaults.table, &*defaults.metrics_namespace), ("payments", "atdd-payments"));
        assert_eq!(read(&[(TRUST_STORE, "System")]).unwrap_err().name, TRUST_STORE);
    }
}
