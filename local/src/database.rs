//! The file of the embedded DynamoDB, and the AWS account of an existing one.

use crate::error::StartError;
use aws_config::SdkConfig;
use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_sdk_dynamodb::config::BehaviorVersion;
use hyper::Uri;
use payments_dynamodb::{Database, REGION, placeholder};
use payments_store::TrustStore;
use std::net::IpAddr;
use std::path::Path;

/// Opens the database: in a file, or in memory.
pub(crate) fn open(data: Option<&Path>) -> Result<Database, StartError> {
    match data {
        None => Database::memory().map_err(|cause| StartError::Table(cause.to_string())),
        Some(file) => Database::new(&file.to_string_lossy()).map_err(|cause| {
            // The first sentence says what is wrong. The rest is for developers of the database.
            let cause = cause.to_string().split(". ").next().unwrap_or_default().to_owned();
            StartError::Data { file: file.to_owned(), cause }
        }),
    }
}

/// Whether an endpoint can only be a program on this machine or in its containers: a loopback address, or a name that is not on
/// the internet.
pub fn is_on_this_machine(endpoint: &str) -> bool {
    let Ok(endpoint) = endpoint.parse::<Uri>() else { return false };
    let host = endpoint.host().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
    match host.parse::<IpAddr>() {
        Ok(ip) => ip.is_loopback(),
        Err(_) => !host.contains('.') || host.ends_with(".localhost") || host.ends_with(".internal"),
    }
}

/// The AWS configuration for a DynamoDB outside this process: region and credentials of the environment or the profile.
/// Without them, it uses values that DynamoDB Local accepts and AWS refuses. It does not use the metadata service of EC2, because
/// a program on a developer's machine would wait for it.
pub async fn aws_of_the_environment(trusted: TrustStore) -> SdkConfig {
    let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(ProfileFileRegionProvider::new())
        .or_else(REGION);
    let http = payments_store::http_client(trusted);
    let over_http = ProviderConfig::default().with_http_client(http.clone());
    let credentials = CredentialsProviderChain::first_try("environment", EnvironmentVariableCredentialsProvider::new())
        .or_else("profile", ProfileFileCredentialsProvider::builder().configure(&over_http).build())
        .or_else("placeholder", placeholder());
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http)
        .region(region)
        .credentials_provider(credentials)
        .load()
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dynamodb_is_on_this_machine_unless_its_name_may_be_elsewhere() {
        let is_here = |host: &str| is_on_this_machine(&format!("http://{host}:8000"));
        for here in ["localhost", "127.0.0.1", "127.8.9.1", "[::1]", "dynamodb", "db.localhost", "host.docker.internal"]
        {
            assert!(is_here(here), "{here}");
        }
        for elsewhere in
            ["dynamodb.ap-northeast-2.amazonaws.com", "192.168.0.7", "[2001:db8::1]", "db.example", "127.0.0.1.example"]
        {
            assert!(!is_here(elsewhere), "{elsewhere}");
        }
    }
}
