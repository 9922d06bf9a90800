//! What the function's binary writes in Lambda: one log line and one line of metrics for each request, and no secret.

use crate::BINARY;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use payments_test_function::{FunctionProcess, authorization, sha256};
use payments_test_table::{Table, Wire, empty_table};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};

/// Searched for in everything that the function writes.
const CANARY: &str = "canary_sk_5f0c2a";

fn event(key: &str, amount: &Value, secret: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "POST /v1/payments/confirm",
        "rawPath": "/v1/payments/confirm",
        "headers": { "authorization": authorization(secret), "content-type": "application/json" },
        "requestContext": { "http": { "method": "POST" }, "requestId": "not this one" },
        "body": json!({ "paymentKey": key, "orderId": "order_1", "amount": amount }).to_string(),
    })
}

/// A metric line, parsed as CloudWatch does: each metric that a directive names is a number in the line, each dimension a
/// string.
fn metrics(line: &Value) -> (String, Vec<(String, f64)>) {
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(directive["Namespace"], "the-stack", "{line}");
    assert!(line["_aws"]["Timestamp"].as_i64().is_some_and(|ms| ms > 1_700_000_000_000), "milliseconds: {line}");
    let dimensions = directive["Dimensions"].as_array().expect("sets of dimensions");
    assert_eq!(dimensions, &[json!(["operation", "outcome"])], "{line}");
    let value = |name: &str| line[name].as_str().expect("a dimension is a string").to_owned();
    let found = directive["Metrics"].as_array().expect("metrics").iter().map(|metric| {
        let name = metric["Name"].as_str().expect("a name");
        let unit = metric["Unit"].as_str().expect("a unit");
        assert!(["Count", "Milliseconds", "None"].contains(&unit), "{unit} is a unit of CloudWatch");
        (name.to_owned(), line[name].as_f64().expect("a metric is a number"))
    });
    let found: Vec<_> = found.collect();
    let named: BTreeSet<_> = found
        .iter()
        .map(|(name, _)| name.as_str())
        .chain(["_aws", "level", "operation", "outcome", "timestamp"])
        .collect();
    let there: BTreeSet<_> = line.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(there, named, "nothing else is in the line, a payment key least of all");
    (format!("{} {}", value("operation"), value("outcome")), found)
}

/// Creates a payment in the same table.
async fn create(table: &Table, key: &str) {
    use payments_domain::{Amount, Create, OrderId, PaymentKey, RequestId, Stamp, Terms, Timestamp};
    let terms =
        Terms { order_id: OrderId::parse("order_1").expect("good"), amount: Amount::parse(10_000).expect("good") };
    let create = Create { key: PaymentKey::parse(key).expect("good"), terms };
    let at = Timestamp::from_unix(1_704_112_496).expect("good");
    let stamp = Stamp::new(at, &RequestId::parse("creator").expect("good"));
    table.store().execute(&create, &stamp).await.result.expect("created");
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
        create(&table, "pay_1").await;
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
            (event("pay_1", &json!(10_000), CANARY), 200),
            (event("pay_1", &json!(10_000), CANARY), 200),
            (event("pay_1", &json!(9_999), CANARY), 409),
            (event("pay_1", &json!("canary_body_91"), CANARY), 400),
            (event("pay_1", &json!(10_000), "canary_sk_wrong"), 401),
            (event("pay_broken", &json!(10_000), CANARY), 500),
        ] {
            let (answer, id) = function.invoke(event).await;
            assert_eq!(answer["statusCode"], status, "{answer}");
            assert_eq!(answer["headers"]["x-request-id"], id, "the invocation's own id");
            ids.push(id);
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
async fn each_request_writes_one_log_line_and_one_line_of_metrics() {
    let written = Written::at("INFO").await;
    let (log, metric_lines) = written.parsed();
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

    let counted: Vec<_> = metric_lines.iter().map(metrics).collect();
    let names = |index: usize| counted[index].1.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
    let outcomes: Vec<_> = counted.iter().map(|(outcome, _)| outcome.as_str()).collect();
    assert_eq!(
        outcomes,
        [
            "confirm FIRST",
            "confirm REPLAY",
            "confirm AMOUNT_MISMATCH",
            "confirm INVALID_REQUEST",
            "confirm UNAUTHORIZED",
            "confirm INTERNAL_ERROR"
        ]
    );
    assert_eq!(names(0), ["Requests", "StoreLatency", "ApprovedAmount"]);
    assert_eq!(counted[0].1[2].1, 10_000.0, "the approved amount is counted");
    assert_eq!(names(1), ["Requests", "StoreLatency"], "and not again for a replay");
    assert_eq!(names(4), ["Requests"], "there was no request to the store");
    assert!(counted.iter().all(|(_, found)| found[0].1 == 1.0));
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
