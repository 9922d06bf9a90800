//! The programs that are measured, as their binaries.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The digest of `benchmark_sk`. In Lambda, the functions refuse the published key, which the sample events have.
const KEY_SHA256: &str = "b6da65c1950351054336f553adaee9b36b5120dbc3f518a26f970a0b59399d18";
/// The header with that key.
pub(crate) const AUTHORIZATION: &str = "Basic YmVuY2htYXJrX3NrOg==";

/// A program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Program {
    /// A `lambda_http` function that does nothing.
    Nothing,
    /// create as the public examples write it.
    Untuned,
    /// The service's create over the SDK's default TLS.
    LibraryTls,
    /// The write of a create, as a plain call of the SDK.
    BareCall,
    /// The same in a Lambda function.
    BareFunction,
    Create,
    /// The service's create, which connects to DynamoDB at its first request.
    Unconnected,
    Confirm,
    Cancel,
    Retrieve,
    List,
    Receipt,
    /// The local server, whose embedded DynamoDB is the store of all others.
    LocalServer,
}

/// The functions that are deployed.
pub(crate) const FUNCTIONS: [Program; 6] =
    [Program::Create, Program::Confirm, Program::Cancel, Program::Retrieve, Program::List, Program::Receipt];

impl Program {
    /// Its name in tables.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Untuned => "untuned create",
            Self::LibraryTls => "create, library TLS",
            Self::BareCall => "bare SDK call",
            Self::BareFunction => "bare function",
            Self::Create => "create",
            Self::Unconnected => "unconnected create",
            Self::Confirm => "confirm",
            Self::Cancel => "cancel",
            Self::Retrieve => "retrieve",
            Self::List => "list",
            Self::Receipt => "receipt",
            Self::LocalServer => "local server",
        }
    }

    /// Its binary, in Cargo's target folder.
    pub(crate) fn binary(self, target: &Path) -> PathBuf {
        target.join(match self {
            Self::Nothing => "release/nothing",
            Self::Untuned => "release/untuned",
            Self::LibraryTls => "release/library-tls",
            Self::BareCall => "release/bare-call",
            Self::BareFunction => "release/bare-function",
            Self::Create => "release/payments-create",
            Self::Unconnected => "release/unconnected",
            Self::Confirm => "release/payments-confirm",
            Self::Cancel => "release/payments-cancel",
            Self::Retrieve => "release/payments-retrieve",
            Self::List => "release/payments-list",
            Self::Receipt => "release/payments-receipt",
            Self::LocalServer => "quick/atdd-payments",
        })
    }

    /// Its command, with only the variables that Lambda and the template set. Its output is written, and then dropped.
    pub(crate) fn command(self, target: &Path, dynamodb: &str) -> Command {
        let mut command = Command::new(self.binary(target));
        command
            .env_clear()
            .env("AWS_LAMBDA_FUNCTION_NAME", "benchmark")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
            .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
            .env("AWS_LAMBDA_LOG_LEVEL", "INFO")
            .env("AWS_REGION", "ap-northeast-2")
            .env("AWS_ACCESS_KEY_ID", "benchmark")
            .env("AWS_SECRET_ACCESS_KEY", "benchmark")
            .env("AWS_SESSION_TOKEN", "benchmark")
            .env("AWS_ENDPOINT_URL_DYNAMODB", dynamodb)
            .env("PAYMENTS_SECRET_KEY_SHA256", KEY_SHA256)
            .env("RECEIPT_PAGES", if self == Self::Receipt { "on" } else { "off" })
            .env("TABLE_NAME", "payments")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}
