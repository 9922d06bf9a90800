//! A Lambda function that makes the bare call and nothing else. Everything else in a create adds to this.

use lambda_http::{Body, Error, Request, Response, run, service_fn};
use std::env;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let table = env::var("TABLE_NAME")?;
    let client = bare_call::client().await;
    run(service_fn(|request: Request| async {
        let body: serde_json::Value = serde_json::from_slice(&request.into_body())?;
        bare_call::write(&client, &table, body["paymentKey"].as_str().unwrap_or_default()).await;
        Ok::<_, Error>(Response::new(Body::Empty))
    }))
    .await
}
