//! The sample events: the same files that `sam local invoke -e` and `cargo lambda invoke --data-file` take.

use payments_test_function::{LambdaFunctions, dependencies, fixed_clock, repository_file};
use payments_test_table::empty_table;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

/// A row of the table in events/README.md, which `tests/tools/sam/run` reads too.
#[derive(Debug)]
struct EventRow {
    name: String,
    /// The logical id of its function.
    function: String,
    status: u16,
    /// The error's code, the payment's status, or `PAGE`.
    outcome: String,
}

/// The table, in the order in which the events are sent.
fn table_of_events() -> Vec<EventRow> {
    let page = fs::read_to_string(repository_file("events/README.md")).expect("events/README.md");
    let rows = page.lines().filter(|line| line.starts_with("| `") && line.contains("Function` |"));
    rows.map(|line| {
        let cells: Vec<_> = line.split(['|', '`', ' ']).filter(|cell| !cell.is_empty()).collect();
        let [name, function, status, outcome] = cells[..] else { panic!("a row of four: {line}") };
        let status = status.parse().expect("a status");
        EventRow { name: name.to_owned(), function: function.to_owned(), status, outcome: outcome.to_owned() }
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_event_gets_its_documented_answer_twice() {
    let table = empty_table().await;
    let functions = LambdaFunctions::new(dependencies(&table, fixed_clock()));
    for EventRow { name, function, status, outcome } in table_of_events() {
        let text = fs::read_to_string(repository_file(&format!("events/{name}.json"))).expect(&name);
        let event: Value = serde_json::from_str(&text).expect(&name);
        assert_eq!(functions.of(&event).logical_id(), function, "{name} goes to the function that its route names");
        let mut first = None;
        for again in [false, true] {
            let answer = functions.of(&event).invoke(&event).await;
            assert_eq!(answer.status, status, "{name}: {answer}");
            let given = if answer.is_page() {
                "PAGE".to_owned()
            } else {
                let body = answer.json();
                // A list has the status of its payment.
                let given =
                    ["/status", "/payments/0/status", "/code"].into_iter().find_map(|place| body.pointer(place));
                given.and_then(Value::as_str).expect("a status or a code").to_owned()
            };
            assert_eq!(given, outcome, "{name}: {answer}");
            let is_write = event["requestContext"]["http"]["method"] == "POST";
            assert_eq!(answer.is_replay(), again && is_write && status == 200, "{name}, again: {again}: {answer}");
            let first = first.get_or_insert(answer.body.clone());
            assert_eq!(*first, answer.body, "{name} again has the same body");
        }
    }
}

#[test]
fn every_sample_event_is_documented() {
    let files: BTreeSet<String> = fs::read_dir(repository_file("events"))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".json").map(str::to_owned))
        .collect();
    let tried: BTreeSet<String> = table_of_events().into_iter().map(|row| row.name).collect();
    assert_eq!(files, tried);
}
