//! What is written for each request: a line of metrics and a line of the log. And what is never written.

use payments_http::Dependencies;
use payments_process::Metrics;
use payments_test_function::{LambdaFunctions, body_with, capture_log, dependencies, fixed_clock, log, terms_of};
use payments_test_table::{Fate, Fault, Table, Wire, empty_table, unique};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// The lines of metrics that a test's functions have written.
type Lines = Arc<Mutex<Vec<String>>>;

fn functions_over(table: &Table) -> (LambdaFunctions, Lines) {
    let lines = Lines::default();
    let written = Arc::clone(&lines);
    let metrics =
        Metrics::new("the-stack".to_owned(), move |line| written.lock().expect("not poisoned").push(line.to_owned()));
    (LambdaFunctions::new(Dependencies { metrics, ..dependencies(table, fixed_clock()) }), lines)
}

/// The line of metrics in the format of CloudWatch, with the time that the store took left out. That must be over zero.
fn without_latency(line: &str) -> Value {
    let mut line: Value = serde_json::from_str(line).expect("JSON");
    if let Some(latency) = line.as_object_mut().expect("an object").remove("StoreLatency") {
        assert!(latency.as_f64().is_some_and(|milliseconds| milliseconds > 0.0), "{latency}");
    }
    line
}

/// The lines that were written, each without its latency.
fn written(lines: &Lines) -> Vec<Value> {
    lines.lock().expect("not poisoned").iter().map(|line| without_latency(line)).collect()
}

fn metrics(operation: &str, outcome: &str, asks_the_store: bool, approved: Option<u64>) -> Value {
    let mut definitions = vec![json!({ "Name": "Requests", "Unit": "Count" })];
    if asks_the_store {
        definitions.push(json!({ "Name": "StoreLatency", "Unit": "Milliseconds" }));
    }
    let mut line = json!({
        "level": "FATAL",
        "timestamp": "2024-01-01T12:34:56Z",
        "operation": operation,
        "outcome": outcome,
        "Requests": 1,
    });
    if let Some(amount) = approved {
        definitions.push(json!({ "Name": "ApprovedAmountInFirstAnswers", "Unit": "None" }));
        line["ApprovedAmountInFirstAnswers"] = amount.into();
    }
    line["_aws"] = json!({
        "Timestamp": 1_704_112_496_000_u64,
        "CloudWatchMetrics": [{
            "Namespace": "the-stack",
            "Dimensions": [["operation", "outcome"]],
            "Metrics": definitions,
        }],
    });
    line
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_writes_a_line_of_metrics_and_an_approved_amount_is_counted_once() {
    let table = empty_table().await;
    let (functions, lines) = functions_over(&table);
    let key = unique("counted");
    for (name, amount) in [
        ("create", 10_000),
        ("confirm", 10_000),
        ("confirm", 10_000),
        ("confirm", 9_999),
        ("create", 0),
        ("retrieve", 0),
        ("list", 0),
    ] {
        let function = functions.named(name);
        function.invoke(&function.event(&key, &body_with(name, &key, amount))).await;
    }
    assert_eq!(
        written(&lines),
        [
            metrics("create", "FIRST", true, None),
            metrics("confirm", "FIRST", true, Some(10_000)),
            metrics("confirm", "REPLAY", true, None),
            metrics("confirm", "AMOUNT_MISMATCH", true, None),
            metrics("create", "INVALID_REQUEST", false, None),
            metrics("retrieve", "READ", true, None),
            metrics("list", "READ", true, None),
        ]
    );
}

/// The metric's name says so: the exact sum is in the table.
#[tokio::test(flavor = "multi_thread")]
async fn an_approval_whose_answers_were_all_lost_is_counted_in_no_metric() {
    let table = empty_table().await;
    let (wire, mut calls) = Wire::holding(&table.endpoint).await;
    tokio::spawn(async move {
        while let Some(call) = calls.recv().await {
            tokio::spawn(call.release(Fate::Lose(Fault::Close)));
        }
    });
    let (losing, lost) = functions_over(&table.by_way_of(&wire.endpoint));
    let (functions, lines) = functions_over(&table);
    let key = unique("lost");
    for (functions, name) in
        [(&functions, "create"), (&losing, "confirm"), (&functions, "confirm"), (&functions, "confirm")]
    {
        let function = functions.named(name);
        function.invoke(&function.event(&key, &body_with(name, &key, 10_000))).await;
    }
    let written =
        |lines: &Lines| -> Vec<Value> { lines.lock().unwrap().iter().map(|line| without_latency(line)).collect() };
    assert_eq!(written(&lost), [metrics("confirm", "SERVICE_UNAVAILABLE", true, None)]);
    let replayed = metrics("confirm", "REPLAY", true, None);
    assert_eq!(written(&lines), [metrics("create", "FIRST", true, None), replayed.clone(), replayed]);
}

/// The line of a request in the log.
fn logged(request_id: &str) -> String {
    let log = log();
    let id = format!("\"{request_id}\"");
    let lines: Vec<&str> = log.lines().filter(|line| line.contains(&id) && line.contains(" request ")).collect();
    let [line] = lines[..] else { panic!("one line for {request_id}: {lines:?}") };
    line.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_logged_as_an_error_with_its_cause_and_a_refusal_is_not() {
    capture_log();
    let table = empty_table().await;
    let (functions, _) = functions_over(&table);
    let (broken, _) = functions_over(&Table::at(&table.endpoint, "no-such-table"));
    let key = unique("logged");
    let [refused, failed, read, list] = ["refused", "failed", "read", "list"].map(unique);
    for (functions, id) in [(&functions, &refused), (&broken, &failed)] {
        let confirm = functions.named("confirm");
        let event = confirm.event(&key, &body_with("confirm", &key, 10_000));
        confirm.invoke_as(id, &event.to_string()).await.expect("an answer");
    }
    for (name, id) in [("retrieve", &read), ("list", &list)] {
        let function = broken.named(name);
        let event = function.event(&key, &Value::Null).to_string();
        function.invoke_as(id, &event).await.expect("an answer");
    }
    let line = logged(&refused);
    assert!(line.trim_start().starts_with("INFO") && !line.contains("cause="), "{line}");
    assert!(line.contains("outcome=\"NOT_FOUND\"") && line.contains("attempts=1"), "{line}");
    for (id, operation, field) in
        [(&failed, "confirm", "paymentKey"), (&read, "retrieve", "paymentKey"), (&list, "list", "orderId")]
    {
        let line = logged(id);
        assert!(line.trim_start().starts_with("ERROR") && line.contains("outcome=\"INTERNAL_ERROR\""), "{line}");
        assert!(line.contains("cause=the store is at fault: ") && line.contains("attempts=1"), "{line}");
        let about = format!("operation=\"{operation}\" {field}=\"{key}\"");
        assert!(line.contains(&about), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_with_an_item_that_cannot_be_read_is_500_and_the_log_names_the_payment() {
    capture_log();
    let table = empty_table().await;
    let (functions, _) = functions_over(&table);
    let [order, damaged, id] = ["order", "damaged", "list"].map(unique);
    for key in [&unique("intact"), &damaged] {
        let create = functions.named("create");
        assert!(create.invoke(&create.event(key, &terms_of(key, &order, 10))).await.is_first());
    }
    let mut item = table.get(&damaged).await.expect("a payment");
    item.remove("createdBy");
    table.put(item).await;
    let list = functions.named("list");
    let answer = list.invoke_as(&id, &list.event(&order, &Value::Null).to_string()).await.expect("an answer");
    assert_eq!((answer.status, answer.code()), (500, "INTERNAL_ERROR".to_owned()), "{answer}");
    assert!(!answer.body.contains(&damaged), "nothing internal reaches a client: {answer}");
    let line = logged(&id);
    let cause = format!("the payment {damaged}: the stored item cannot be read: createdBy is missing");
    assert!(line.trim_start().starts_with("ERROR") && line.contains(&cause) && line.contains(&order), "{line}");
}

#[test]
fn below_info_only_this_service_logs() {
    capture_log();
    let secret = unique("secret");
    tracing::debug!(target: "hyper", "{secret} of a library");
    tracing::trace!(target: "lambda_runtime", "{secret} of a library");
    tracing::info!(target: "hyper", "{secret} at info");
    tracing::debug!(target: "payments_http", "{secret} of ours");
    let log = log();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains(&secret)).collect();
    let [at_info, of_ours] = lines[..] else { panic!("two lines: {lines:?}") };
    assert!(at_info.ends_with("at info") && of_ours.ends_with("of ours"), "{lines:?}");
}

#[test]
fn a_panic_is_logged_with_its_location_and_without_client_data() {
    capture_log();
    let secret = unique("secret");
    std::panic::catch_unwind(|| panic!("{secret}")).expect_err("a panic");
    std::panic::catch_unwind(|| panic!("a literal of the program")).expect_err("a panic");
    let log = log();
    assert!(!log.contains(&secret));
    let place = format!("place=\"{}:", file!());
    for text in ["(a formatted text, left out)", "a literal of the program"] {
        let is_logged =
            |line: &str| line.trim_start().starts_with("ERROR") && line.contains(&place) && line.contains(text);
        assert!(log.lines().any(is_logged), "{text}: {log}");
    }
}
