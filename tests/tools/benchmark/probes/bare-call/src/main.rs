//! The bare call, again and again: no answer that waits for DynamoDB can be faster.
//!
//! The arguments are a prefix for the payment keys and a number of calls. It prints what each call took, in nanoseconds, as a
//! JSON array.

use std::env;
use std::time::Instant;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = env::args().skip(1);
    let prefix = arguments.next().expect("a prefix");
    let calls: usize = arguments.next().and_then(|calls| calls.parse().ok()).expect("a number of calls");
    let table = env::var("TABLE_NAME").expect("TABLE_NAME");
    let client = bare_call::client().await;
    let mut nanoseconds = Vec::new();
    // The first call opens the connection.
    for call in 0..=calls {
        let key = format!("{prefix}{call}");
        let started = Instant::now();
        bare_call::write(&client, &table, &key).await;
        nanoseconds.push(u64::try_from(started.elapsed().as_nanos()).expect("it is short"));
    }
    nanoseconds.remove(0);
    println!("{}", serde_json::json!(nanoseconds));
}
