//! The binary of the Lambda function that serves receipts.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    payments_http::run::<payments_receipt::ReceiptEndpoint>().await
}
