//! The binary of the Lambda function that serves list.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    payments_http::run::<payments_list::ListEndpoint>().await
}
