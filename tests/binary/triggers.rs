//! Events that no gateway sends, to the function's own binary: it reports a clean error, logs nothing of the event, and answers
//! the next one.

use crate::BINARY;
use payments_test_function::{FunctionProcess, authorization, body_of, event};
use payments_test_table::{Wire, empty_table};
use serde_json::{Value, json};

/// Marker in every event; no error and no log may quote it.
const CANARY: &str = "canary_event_7d";
const KEY: &str = "canary_sk_7d";

/// A confirm of a payment that does not exist.
fn good() -> Value {
    event("confirm", KEY, "pay_1", &body_of("confirm", "pay_1"))
}

#[tokio::test(flavor = "multi_thread")]
async fn h116_to_h118_the_binary_reports_a_clean_error_for_other_triggers_and_answers_the_next_event() {
    let table = empty_table().await;
    let wire = Wire::to(&table.endpoint).await;
    let function = FunctionProcess::start(
        BINARY,
        &[
            ("PAYMENTS_SECRET_KEY", KEY),
            ("AWS_ENDPOINT_URL_DYNAMODB", &wire.endpoint),
            ("TABLE_NAME", &table.name),
            ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
        ],
    )
    .await;
    let mut other_type = good();
    other_type["requestContext"] = json!(CANARY);
    let strangers = [
        json!({ "Records": [{ "eventSource": "aws:sqs", "body": CANARY }] }).to_string(),
        json!({ "version": "1.0", "httpMethod": "POST", "headers": { "Authorization": authorization(KEY) }, "body": CANARY })
            .to_string(),
        other_type.to_string(),
        json!(CANARY).to_string(),
        json!([CANARY]).to_string(),
        // Lambda itself rejects such text before it reaches a function.
        format!("{{ \"version\": \"2.0\", \"body\": {CANARY} }}"),
        good().to_string().replace("}}", &format!("}} {CANARY} }}")),
        CANARY.to_owned(),
        String::new(),
    ];
    for stranger in &strangers {
        let answer = function.invoke_raw(stranger).await;
        assert!(answer["errorType"].is_string() && answer["errorMessage"].is_string(), "{stranger}: {answer}");
        let text = answer.to_string();
        assert!(!text.contains(CANARY) && !text.contains("panicked"), "an error must not quote the event: {text}");
        let answer = function.invoke(good()).await;
        assert_eq!(answer.status, 404, "the next event, after {stranger}: {answer}");
    }
    let writes = wire.requests().iter().filter(|request| *request == "UpdateItem").count();
    assert_eq!(writes, strangers.len(), "only the valid events reach the store");
    let written = function.end().join("\n");
    assert!(written.contains("NOT_FOUND"), "the valid events are logged: {written}");
    for secret in [CANARY, KEY, &authorization(KEY)["Basic ".len()..]] {
        let at = written.find(secret).map(|at| written[at.saturating_sub(300)..].chars().take(400).collect::<String>());
        assert_eq!(at, None, "{secret} must not be written");
    }
}
