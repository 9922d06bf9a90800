//! The root certificates that https endpoints are verified with.
//!
//! Every endpoint of AWS chains to one of five roots (source: <https://www.amazontrust.com/repository/>). They are part of
//! the program, so that a function does not read and parse some 150 certificates at its start, and trusts no other authority.
//! This module must not fall back to other certificates than those in the setting.

use aws_smithy_http_client::tls;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::RootCertStore;

/// The roots of Amazon Trust Services, by the names under which it publishes them. docs/operations.md says how to renew
/// them.
const AMAZON: [&str; 5] = [
    include_str!("../roots/AmazonRootCA1.pem"),
    include_str!("../roots/AmazonRootCA2.pem"),
    include_str!("../roots/AmazonRootCA3.pem"),
    include_str!("../roots/AmazonRootCA4.pem"),
    include_str!("../roots/SFSRootCAG2.pem"),
];

/// Root certificates, at least one, each of which can be parsed.
#[derive(Debug, Clone)]
pub struct TrustStore(tls::TrustStore);

impl TrustStore {
    /// The roots of Amazon Trust Services.
    pub fn amazon() -> Self {
        Self(AMAZON.into_iter().fold(tls::TrustStore::empty(), tls::TrustStore::with_pem_certificate))
    }

    /// The system's root certificates, or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`. `None` if there are none.
    ///
    /// A certificate that cannot be parsed is left out, because the HTTP client would panic.
    pub fn system() -> Option<Self> {
        let mut parsable = RootCertStore::empty();
        let mut trusted = tls::TrustStore::empty();
        for certificate in rustls_native_certs::load_native_certs().certs {
            let encoded = STANDARD.encode(&certificate);
            if parsable.add(certificate).is_ok() {
                let pem = format!("-----BEGIN CERTIFICATE-----\n{encoded}\n-----END CERTIFICATE-----\n");
                trusted.add_pem_certificate(pem);
            }
        }
        (!parsable.is_empty()).then_some(Self(trusted))
    }

    pub(crate) fn certificates(&self) -> tls::TrustStore {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    use sha2::{Digest, Sha256};

    /// The fingerprints that Amazon Trust Services publishes with the certificates: SHA-256 of the DER form.
    const FINGERPRINTS: [&str; 5] = [
        "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
        "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
        "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
        "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
        "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
    ];

    #[test]
    fn the_pinned_roots_are_those_that_amazon_publishes_and_the_client_can_use_them() {
        let mut store = RootCertStore::empty();
        for (pem, fingerprint) in AMAZON.into_iter().zip(FINGERPRINTS) {
            let certificates: Vec<_> =
                CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>().unwrap();
            let [certificate] = &certificates[..] else { panic!("one certificate in each file: {pem}") };
            let digest: String = Sha256::digest(certificate).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(digest, fingerprint);
            store.add(certificate.clone()).unwrap();
        }
        assert_eq!(store.len(), 5);
    }
}
