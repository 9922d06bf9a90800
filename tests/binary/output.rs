//! What the function's binary writes in Lambda: one log line and one line of metrics for each request, and no secret.

use crate::BINARY;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use payments_test_function::{
    FunctionProcess, LambdaFunction, ORDER, authorization, body_of, dependencies, event, fixed_clock, sha256, terms_of,
};
use payments_test_table::{Wire, empty_table};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Searched for in everything that the function writes.
const CANARY: &str = "canary_sk_5f0c2a";

/// A confirm. The gateway's id of the request is not that of the invocation.
fn confirm(secret_key: &str, key: &str, amount: impl Into<Value>) -> Value {
    let mut body = terms_of(key, ORDER, 10_000);
    body["amount"] = amount.into();
    let mut event = event("confirm", secret_key, key, &body);
    event["requestContext"]["requestId"] = json!("not this one");
    event
}

/// The output of a function for these requests, with their ids: one that made the change, a replay, a refusal, an invalid one,
/// one without a key, and one that failed.
struct Written {
    ids: Vec<String>,
    lines: Vec<String>,
}

impl Written {
    async fn at(level: &str) -> Self {
        let table = empty_table().await;
        let wire = Wire::to(&table.endpoint).await;
        let create = LambdaFunction::new("create", dependencies(&table, fixed_clock()));
        create.invoke(&create.event("pay_1", &body_of("create", "pay_1"))).await;
        table.put(HashMap::from([("paymentKey".to_owned(), AttributeValue::S("pay_broken".to_owned()))])).await;
        let settings = [
            ("PAYMENTS_SECRET_KEY", CANARY),
            ("AWS_ENDPOINT_URL_DYNAMODB", &wire.endpoint),
            ("TABLE_NAME", &table.name),
            ("METRICS_NAMESPACE", "the-stack"),
            ("AWS_LAMBDA_LOG_LEVEL", level),
        ];
        let function = FunctionProcess::start(BINARY, &settings).await;
        let mut ids = Vec::new();
        for (event, status) in [
            (confirm(CANARY, "pay_1", 10_000), 200),
            (confirm(CANARY, "pay_1", 10_000), 200),
            (confirm(CANARY, "pay_1", 9_999), 409),
            (confirm(CANARY, "pay_1", "canary_body_91"), 400),
            (confirm("canary_sk_wrong", "pay_1", 10_000), 401),
            (confirm(CANARY, "pay_broken", 10_000), 500),
        ] {
            let answer = function.invoke(event).await;
            assert_eq!(answer.status, status, "{answer}");
            ids.push(answer.headers["x-request-id"].clone());
        }
        assert_eq!(
            wire.requests(),
            ["GET / HTTP/1.1", "UpdateItem", "UpdateItem", "UpdateItem", "UpdateItem"],
            "the connection of the start, then four that reached the store, once each"
        );
        Self { ids, lines: function.end() }
    }

    /// The lines of the log, and those of metrics.
    fn parsed(&self) -> (Vec<Value>, Vec<Value>) {
        let lines = self.lines.iter().map(|line| serde_json::from_str::<Value>(line).expect(line));
        let (metrics, log) = lines.partition(|line| line.get("_aws").is_some());
        (log, metrics)
    }
}

/// The levels of Lambda's logging configuration, the lowest first.
const LEVELS: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const INFO: usize = 2;

/// The level that Lambda assigns to a line: INFO, unless it has a level and a time that Lambda can read.
/// Source: Lambda developer guide, "Log-level filtering".
fn level_of(line: &Value) -> usize {
    let level = line["level"].as_str().map(str::to_uppercase);
    let level = LEVELS.iter().position(|name| Some(*name) == level.as_deref());
    let timed = line["timestamp"].as_str().is_some_and(|time| DateTime::parse_from_rfc3339(time).is_ok());
    level.filter(|_| timed).unwrap_or(INFO)
}

#[tokio::test(flavor = "multi_thread")]
async fn lambda_keeps_metrics_at_every_level_and_errors_at_all_but_the_highest() {
    for (at, level) in LEVELS.iter().enumerate() {
        let written = Written::at(level).await;
        let (log, metrics) = written.parsed();
        let kept = |lines: Vec<Value>| lines.into_iter().filter(|line| level_of(line) >= at).collect::<Vec<_>>();
        assert_eq!(kept(metrics).len(), written.ids.len(), "every request is counted at {level}");
        let requests: Vec<_> = kept(log).into_iter().filter(|line| line["message"] == "request").collect();
        let outcomes: Vec<_> = requests.iter().map(|line| line["outcome"].as_str().expect("an outcome")).collect();
        match *level {
            "TRACE" | "DEBUG" | "INFO" => assert_eq!(requests.len(), written.ids.len(), "{level}: {outcomes:?}"),
            "WARN" | "ERROR" => assert_eq!(outcomes, ["INTERNAL_ERROR"], "{level}"),
            _ => assert_eq!(outcomes, Vec::<&str>::new(), "{level}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_writes_one_log_line_and_an_approved_amount_is_counted_once() {
    let written = Written::at("INFO").await;
    let (log, metrics) = written.parsed();
    let requests: Vec<_> = log.iter().filter(|line| line["message"] == "request").collect();
    let logged_ids: Vec<_> =
        requests.iter().map(|line| line["requestId"].as_str().expect("an id").to_owned()).collect();
    assert_eq!(logged_ids, written.ids, "one line for each request, with the id of its answer");
    let summary: Vec<_> = requests
        .iter()
        .map(|line| {
            assert!(line["durationMs"].as_f64().is_some_and(|ms| ms > 0.0), "{line}");
            let level = if line["outcome"] == "INTERNAL_ERROR" { "ERROR" } else { "INFO" };
            assert_eq!((&line["operation"], &line["level"]), (&json!("confirm"), &json!(level)), "{line}");
            (line["outcome"].as_str().expect("an outcome"), line["paymentKey"].as_str(), line["attempts"].as_u64())
        })
        .collect();
    assert_eq!(
        summary,
        [
            ("FIRST", Some("pay_1"), Some(1)),
            ("REPLAY", Some("pay_1"), Some(1)),
            ("AMOUNT_MISMATCH", Some("pay_1"), Some(1)),
            ("INVALID_REQUEST", None, Some(0)),
            ("UNAUTHORIZED", None, Some(0)),
            ("INTERNAL_ERROR", Some("pay_broken"), Some(1)),
        ]
    );
    for line in &metrics {
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Namespace"], "the-stack", "{line}");
        assert!(line["_aws"]["Timestamp"].as_i64().is_some_and(|ms| ms > 1_700_000_000_000), "milliseconds: {line}");
    }
    let approved: Vec<_> = metrics.iter().map(|line| line["ApprovedAmountInFirstAnswers"].as_u64()).collect();
    assert_eq!(approved, [Some(10_000), None, None, None, None, None]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_written_at_any_level() {
    let raw = Written::at("TRACE").await.lines.join("\n");
    for secret in [
        CANARY.to_owned(),
        STANDARD.encode(CANARY),
        sha256(CANARY),
        authorization(CANARY),
        "canary_sk_wrong".to_owned(),
        STANDARD.encode("canary_sk_wrong:"),
        "canary_body_91".to_owned(),
    ] {
        let at = raw.find(&secret).map(|at| raw[at.saturating_sub(300)..].chars().take(400).collect::<String>());
        assert_eq!(at, None, "{secret} must not be written");
    }
}
