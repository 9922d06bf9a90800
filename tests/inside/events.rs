//! The sample events: the same files that `sam local invoke -e` and `cargo lambda invoke --data-file` take.

use payments_tests::{Functions, dependencies, empty_table, fixed_clock, repository_file};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

/// Each file, and what it answers when they are sent in this order: status, code or status of the payment, and whether
/// the same file sent again is a replay.
const EVENTS: [(&str, u16, &str, bool); 10] = [
    ("no-authorization", 401, "UNAUTHORIZED", false),
    ("invalid-amount", 400, "INVALID_REQUEST", false),
    ("confirm-unknown", 404, "NOT_FOUND", false),
    ("create", 200, "INITIATED", true),
    ("confirm-other-amount", 409, "AMOUNT_MISMATCH", false),
    ("confirm", 200, "APPROVED", true),
    ("cancel-other-amount", 409, "PARTIAL_MISMATCH", false),
    ("cancel", 200, "CANCELED", true),
    ("create-not-approved", 200, "INITIATED", true),
    ("cancel-before-approval", 422, "NOT_APPROVED", false),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_event_answers_what_its_name_says_and_the_same_again() {
    let table = empty_table().await;
    let functions = Functions::new(dependencies(&table, fixed_clock()));
    for (name, status, tells, replays) in EVENTS {
        let text = fs::read_to_string(repository_file(&format!("events/{name}.json"))).expect(name);
        let event: Value = serde_json::from_str(&text).expect(name);
        let mut first = None;
        for again in [false, true] {
            let answer = functions.of(&event).invoke(&event).await;
            assert_eq!(answer["statusCode"], status, "{name}: {answer}");
            let body: Value = serde_json::from_str(answer["body"].as_str().expect(name)).expect(name);
            let told = if status == 200 { &body["status"] } else { &body["code"] };
            assert_eq!(told, tells, "{name}: {answer}");
            let replayed = answer["headers"].get("idempotent-replayed").is_some();
            assert_eq!(replayed, again && replays, "{name}, again: {again}: {answer}");
            let first = first.get_or_insert(body.clone());
            assert_eq!(*first, body, "{name} again has the same body");
        }
    }
}

#[test]
fn every_sample_event_is_tried() {
    let files: BTreeSet<String> = fs::read_dir(repository_file("events"))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".json").map(str::to_owned))
        .collect();
    let tried: BTreeSet<String> = EVENTS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(files, tried);
}
