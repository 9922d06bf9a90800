//! The checks, each with a table of histories. A history has a line for each request:
//!
//! ```text
//! 1000 confirm A@1=9000 first lost
//! ```
//!
//! This request arrived after 1,000 ms. It is about payment `A` of order `1`, and names the amount 9,000; without one, it names 10,000.
//! Then comes what became of it: `first`, `replay` or `read` if it was carried out, or the status of the payment that a retrieve
//! returned; the status of another answer, and
//!
//! - `lost`: a fault lost the request, or its answer if it was carried out,
//! - `took 300`: its answer came after 300 ms; `left 300`: the client left after 300 ms; `open`: it has not ended,
//! - `late 300`: it was carried out after 300 ms,
//! - `gateway`: the 500 or 503 is one of the gateway; 429, 502 and 504 always are,
//! - `text`: its media type was text.
//!
//! The ids of the requests are their places, from 0.

use super::{Check, Evidence, Verdict, examine};
use crate::faults::{Effect, Failure, GatewayFailure, Substitute};
use crate::journal::{End, Entry, Journal, Outcome};
use crate::operation::{Asked, Operation};
use chrono::DateTime;
use payments_domain::{OrderId, PaymentKey, Status};
use serde_json::json;
use std::time::Duration;

fn milliseconds(word: &str) -> Duration {
    Duration::from_millis(word.parse().unwrap())
}

fn asked(operation: Operation, target: &str, media_type: &str) -> Asked {
    let (target, amount) = target.split_once('=').unwrap_or((target, "10000"));
    let (key, order) = target.split_once('@').unwrap_or((target, ""));
    let path = match operation {
        Operation::Create | Operation::Confirm => vec![],
        Operation::Cancel | Operation::Retrieve => vec![("paymentKey", key.to_owned())],
        Operation::List => vec![("orderId", order.to_owned())],
    };
    let amount: u64 = amount.parse().unwrap();
    let body = json!({ "paymentKey": key, "orderId": order, "amount": amount, "cancelAmount": amount });
    Asked::read(operation, &path, Some(media_type.as_bytes()), body.to_string().as_bytes())
}

fn add(journal: &mut Journal, line: &str) {
    let [at, operation, target, became @ ..] = &line.split_whitespace().collect::<Vec<_>>()[..] else {
        panic!("{line}")
    };
    let operation = Operation::named(operation).unwrap();
    let media_type = if became.contains(&"text") { "text/plain" } else { "application/json" };
    let asked = journal.with_order(asked(operation, target, media_type));
    let id = journal.entries().count().to_string();
    let mut entry = Entry::new(id, DateTime::UNIX_EPOCH, milliseconds(at), asked);
    entry.end = Some(End { answered: true, after: Duration::from_millis(20) });
    let mut became = became.iter();
    while let Some(word) = became.next() {
        let mut next = || milliseconds(became.next().unwrap());
        let of_the_gateway = Failure::Gateway(GatewayFailure::BadGateway);
        match *word {
            "first" | "replay" | "read" | "INITIATED" | "APPROVED" | "CANCELED" => {
                entry.shown = Status::ALL.into_iter().find(|status| status.as_str() == *word);
                entry.outcome = Some(match *word {
                    "first" => Outcome::First,
                    "replay" => Outcome::Replay,
                    _ => Outcome::Read,
                });
                (entry.status, entry.carried_out_after) = (Some(200), Some(Duration::from_millis(10)));
            }
            "lost" => {
                entry.fault = Some(if entry.outcome.is_some() { Effect::LoseAnswer } else { Effect::LoseRequest });
                entry.end = Some(End { answered: false, after: Duration::from_millis(20) });
            }
            "took" => entry.end = Some(End { answered: true, after: next() }),
            "left" => entry.end = Some(End { answered: false, after: next() }),
            "late" => entry.carried_out_after = Some(next()),
            "open" => entry.end = None,
            "text" => {}
            "429" => {
                (entry.status, entry.fault) = (Some(429), Some(Effect::Answer(Substitute::TooManyRequests)));
            }
            "gateway" => entry.fault = Some(Effect::Answer(Substitute::Failure(of_the_gateway))),
            "502" | "504" => {
                entry.status = word.parse().ok();
                entry.fault = Some(match entry.outcome {
                    Some(_) => Effect::AnswerAfter(of_the_gateway),
                    None => Effect::Answer(Substitute::Failure(of_the_gateway)),
                });
            }
            status => {
                entry.status = Some(status.parse().unwrap());
                let code = match (operation, status) {
                    (_, "400") => "INVALID_REQUEST",
                    (_, "401") => "UNAUTHORIZED",
                    (_, "404") => "NOT_FOUND",
                    (Operation::Cancel, "409") => "PARTIAL_MISMATCH",
                    (_, "409") => "AMOUNT_MISMATCH",
                    (_, "415") => "UNSUPPORTED_MEDIA_TYPE",
                    (Operation::Cancel, "422") => "NOT_APPROVED",
                    (_, "422") => "ALREADY_CANCELED",
                    (_, "500") => "INTERNAL_ERROR",
                    (_, "503") => "SERVICE_UNAVAILABLE",
                    _ => panic!("{line}"),
                };
                // After `first`, a fault gives this answer instead.
                entry.outcome.get_or_insert(Outcome::Code(code.to_owned()));
                entry.carried_out_after.get_or_insert(Duration::from_millis(10));
            }
        }
    }
    journal.begin(entry);
}

/// What a check finds in a history: its verdict and how often it was tried. After a failure, each payment and its requests.
fn found(check: Check, history: &str) -> String {
    let mut journal = Journal::default();
    history.lines().map(str::trim).filter(|line| !line.is_empty()).for_each(|line| add(&mut journal, line));
    let entries: Vec<_> = journal.entries().cloned().collect();
    let finding = examine(&entries).into_iter().find(|finding| finding.check == check).unwrap();
    let evidence = |Evidence { payment_key, order_id, requests }: &Evidence| {
        let key = payment_key.as_ref().map_or("", PaymentKey::as_str);
        let order = order_id.as_ref().map_or("", OrderId::as_str);
        format!(", {key}@{order}: {}", requests.join(" "))
    };
    let evidence: String = finding.evidence.iter().map(evidence).collect();
    match finding.verdict() {
        Verdict::NotTried => "not tried".to_owned(),
        Verdict::Passed => format!("passed {}", finding.tried),
        Verdict::Failed => format!("failed {}{evidence}", finding.tried),
    }
}

fn assert_each(check: Check, table: &[(&str, &str, &str)]) {
    for (what, expected, history) in table {
        assert_eq!(found(check, history), *expected, "{what}:{history}");
    }
}

#[test]
fn a_backend_that_meets_no_fault_passes_or_does_not_try_each_check() {
    let history = "
        0 create A@1 first
        100 confirm A@1 first
        200 cancel A first
        300 retrieve A CANCELED
        400 list @1 read";
    for check in Check::ALL {
        assert_eq!(found(check, history), "not tried", "{}", check.name());
        assert_eq!(found(check, ""), "not tried", "{}", check.name());
    }
}

#[test]
fn repeats_unknown_outcomes() {
    assert_each(
        Check::RepeatsUnknownOutcomes,
        &[
            ("a read changes nothing", "not tried", "0 retrieve A lost"),
            ("it has not ended", "not tried", "0 confirm A@1 open"),
            ("429 is known: it was not carried out", "not tried", "0 confirm A@1 429"),
            ("its own 500 is known", "not tried", "0 confirm A@1 500"),
            ("a lost answer is repeated", "passed 1", "0 confirm A@1 first lost\n 1000 confirm A@1 replay"),
            ("a lost request is repeated", "passed 1", "0 create A@1 lost\n 1000 create A@1 first"),
            (
                "a cancel is repeated with another reason",
                "passed 1",
                "0 cancel A first lost\n 1000 cancel A text replay",
            ),
            (
                "a 503 is repeated until it is answered",
                "passed 2",
                "0 cancel A 503\n 2000 cancel A 503\n 4000 cancel A first",
            ),
            ("a 504 is repeated", "passed 1", "0 confirm A@1 first 504\n 1000 confirm A@1 replay"),
            ("a refusal is an answer", "passed 1", "0 confirm A@1 lost\n 1000 confirm A@1 422"),
            ("the service's 500 is an answer", "passed 1", "0 confirm A@1 lost\n 1000 confirm A@1 500"),
            ("a request without a payment key", "passed 1", "0 create ?@1 lost\n 1000 create ?@1 400"),
            (
                "two at once, the first answered later",
                "passed 1",
                "0 confirm A@1 first took 400\n 100 confirm A@1 replay lost",
            ),
            ("a retrieve shows that it is approved", "passed 1", "0 confirm A@1 first lost\n 1000 retrieve A APPROVED"),
            (
                "a retrieve shows that it is canceled",
                "passed 2",
                "0 confirm A@1 422 lost\n 500 cancel A first lost\n 1000 retrieve A CANCELED",
            ),
            (
                "a list shows that it is canceled",
                "passed 1",
                "0 create A@1 first\n 10 cancel A first lost\n 1000 list @1 read",
            ),
            ("a list shows that it exists", "passed 1", "0 create A@1 first lost\n 1000 list @1 read"),
            ("a list shows that it is approved", "passed 1", "0 confirm A@1 first lost\n 1000 list @1 read"),
            ("a list shows that it was canceled before", "passed 1", "0 confirm A@1 422 lost\n 1000 list @1 read"),
            (
                "a list shows what a retrieve has shown",
                "passed 1",
                "0 create A@1 503\n 500 retrieve A APPROVED lost\n 1000 list @1 read",
            ),
            (
                "a list shows the change of the request that was carried out first",
                "passed 2",
                "0 confirm A@1 replay late 12000 left 10000\n 10500 confirm A@1 first lost\n 11000 list @1 read",
            ),
            ("a retrieve shows the payment", "passed 1", "0 create A@1 first lost\n 1000 retrieve A INITIATED"),
            ("a retrieve shows that there is no payment", "passed 1", "0 create A@1 lost\n 1000 retrieve A 404"),
            ("it was not repeated", "failed 1, A@1: 1", "0 create A@1 first\n 100 confirm A@1 first lost"),
            ("a 503 was not repeated", "failed 1, A@1: 0", "0 confirm A@1 503"),
            ("a gateway's 500 was not repeated", "failed 1, A@1: 0", "0 confirm A@1 500 gateway"),
            ("a client that left did not repeat", "failed 1, A@1: 0", "0 confirm A@1 first left 10000"),
            ("the repeat was lost, too", "failed 2, A@1: 0 1", "0 confirm A@1 lost\n 1000 confirm A@1 first lost"),
            ("the repeat got a 429", "failed 1, A@1: 0", "0 confirm A@1 lost\n 1000 confirm A@1 429"),
            ("the answer came before", "failed 1, A@1: 1", "0 confirm A@1 first\n 1000 confirm A@1 replay lost"),
            ("another amount is another request", "failed 1, A@1: 0", "0 confirm A@1 lost\n 1000 confirm A@1=9000 409"),
            (
                "another operation is another request",
                "failed 1, A@1: 0",
                "0 create A@1 first lost\n 1000 confirm A@1 first",
            ),
            ("another payment is another request", "failed 1, A@1: 0", "0 confirm A@1 lost\n 1000 confirm B@1 first"),
            (
                "a late confirm can follow a retrieve",
                "failed 1, A@1: 1",
                "0 create A@1 first\n 9 confirm A@1 lost\n 1000 retrieve A INITIATED",
            ),
            (
                "it was carried out after the retrieve",
                "failed 1, A@1: 0",
                "0 confirm A@1 first late 12000 left 10000\n 11000 retrieve A INITIATED",
            ),
            (
                "the retrieve was not answered",
                "failed 1, A@1: 0",
                "0 confirm A@1 first lost\n 1000 retrieve A APPROVED lost",
            ),
            ("no payment, but a confirm", "failed 1, A@1: 0", "0 confirm A@1 lost\n 1000 retrieve A 404"),
            ("the other payment is not there", "failed 1, A@1: 0", "0 create A@1 lost\n 1000 retrieve B 404"),
            (
                "a list before the change",
                "failed 1, A@1: 0",
                "0 confirm A@1 first late 12000 left 10000\n 11000 list @1 read",
            ),
            (
                "a list before the request",
                "failed 1, A@1: 2",
                "0 confirm A@1 first\n 100 list @1 read\n 200 confirm A@1 replay lost",
            ),
            ("a create that failed made nothing", "failed 1, A@1: 0", "0 create A@1 503\n 1000 list @1 read"),
            (
                "a confirm that was refused approved nothing",
                "failed 1, A@1: 1",
                "0 create A@1 first\n 10 confirm A@1=9000 409 lost\n 1000 list @1 read",
            ),
            (
                "a cancel that was refused canceled nothing",
                "failed 1, A@1: 1",
                "0 confirm A@1 first\n 10 cancel A=9000 409 lost\n 1000 list @1 read",
            ),
            ("the list of another order", "failed 1, A@1: 0", "0 confirm A@1 first lost\n 1000 list @2 read"),
            (
                "evidence is by payment",
                "failed 3, A@1: 0 2, B@1: 1",
                "0 create A@1 lost\n 1 create B@1 lost\n 2 confirm A@1 lost",
            ),
        ],
    );
}

#[test]
fn repeats_the_same_request() {
    assert_each(
        Check::RepeatsTheSameRequest,
        &[
            ("no outcome was unknown", "not tried", "0 confirm A@1=9000 409\n 1000 confirm A@1 first"),
            ("it was not repeated", "not tried", "0 confirm A@1 lost\n 1000 cancel A 422\n 2000 confirm B@1 first"),
            ("the same values", "passed 2", "0 confirm A@1 lost\n 1000 confirm A@1 503\n 2000 confirm A@1 first"),
            ("another reason", "passed 1", "0 cancel A lost\n 1000 cancel A text first"),
            (
                "another amount",
                "failed 1, A@1: 0 1",
                "0 confirm A@1 lost\n 1000 confirm A@1=9000 409\n 2000 confirm A@1 first",
            ),
            ("another order", "failed 1, A@1: 0 1", "0 create A@1 lost\n 1000 create A@2 first"),
            ("another amount of a cancel", "failed 1, A@: 0 1", "0 cancel A lost\n 1000 cancel A=9000 409"),
        ],
    );
}

#[test]
fn keeps_the_payment_key() {
    assert_each(
        Check::KeepsThePaymentKey,
        &[
            ("no outcome was unknown", "not tried", "0 create A@1 first\n 1000 create B@1 first"),
            ("the order is not known", "not tried", "0 cancel A lost\n 1000 create B@1 first"),
            ("the same key", "passed 1", "0 create A@1 lost\n 1000 create A@1 first"),
            ("another key for another order", "passed 1", "0 create A@1 lost\n 1000 create B@2 first"),
            (
                "another key when it was known",
                "passed 1",
                "0 create A@1 first lost\n 1000 create A@1 replay\n 2000 create B@1 first",
            ),
            (
                "another key after a retrieve",
                "passed 1",
                "0 create A@1 lost\n 1000 retrieve A 404\n 2000 create B@1 first",
            ),
            (
                "the order had the other key before",
                "passed 1",
                "0 create B@1 first\n 500 create A@1 lost\n 1000 create B@1 replay\n 2000 create A@1 first",
            ),
            ("another key", "failed 1, A@1: 0 1", "0 create A@1 lost\n 1000 create B@1 first"),
            (
                "another key before it was known",
                "failed 1, A@1: 1 2",
                "0 create A@1 first\n 500 confirm A@1 first lost\n 1000 create B@1 first\n 2000 confirm A@1 replay",
            ),
            (
                "another key while a cancel was unknown",
                "failed 1, A@1: 1 2",
                "0 create A@1 first\n 500 cancel A 503\n 1000 create B@1 first",
            ),
            (
                "two outcomes were unknown",
                "failed 2, A@1: 0 1 2",
                "0 create A@1 lost\n 1000 create A@1 lost\n 2000 create B@1 first",
            ),
        ],
    );
}

#[test]
fn approves_an_order_once() {
    assert_each(
        Check::ApprovesAnOrderOnce,
        &[
            ("one payment", "not tried", "0 create A@1 first\n 100 confirm A@1 first\n 200 confirm A@1 replay"),
            ("a read was lost", "not tried", "0 confirm A@1 first\n 100 list @1 read lost"),
            ("an outcome was unknown", "passed 1", "0 confirm A@1 first lost\n 1000 confirm A@1 replay"),
            ("a second payment key", "passed 1", "0 create A@1 first\n 10 create B@1 first\n 100 confirm B@1 first"),
            ("two orders", "passed 2", "0 confirm A@1 first lost\n 100 confirm B@2 first lost"),
            ("the first was canceled", "passed 1", "0 confirm A@1 first\n 100 cancel A first\n 200 confirm B@1 first"),
            (
                "its cancel was lost",
                "passed 1",
                "0 confirm A@1 first\n 100 cancel A first lost\n 200 confirm B@1 first",
            ),
            (
                "the first was being canceled",
                "passed 1",
                "0 confirm A@1 first\n 100 cancel A first late 300\n 150 confirm B@1 first late 400",
            ),
            ("both", "failed 1, B@1: 0 1", "0 confirm A@1 first\n 100 confirm B@1 first"),
            (
                "both, for a while",
                "failed 1, B@1: 0 1",
                "0 confirm A@1 first\n 100 confirm B@1 first\n 200 cancel A first",
            ),
            ("their answers were lost", "failed 1, B@1: 0 1", "0 confirm A@1 first lost\n 100 confirm B@1 first lost"),
            (
                "the third",
                "failed 1, C@1: 2 3",
                "0 confirm A@1 first\n 100 cancel A first\n 200 confirm B@1 first\n 300 confirm C@1 first",
            ),
        ],
    );
}

#[test]
fn uses_a_key_for_one_payment() {
    assert_each(
        Check::UsesAKeyForOnePayment,
        &[
            ("a new key", "not tried", "0 create A@1 first\n 100 create B@2 first"),
            ("nothing was created", "not tried", "0 create A@1 lost\n 100 create A@2 503"),
            ("an invalid amount is none", "not tried", "0 create A@1 first\n 100 create A@1=0 400"),
            ("the same again", "passed 1", "0 create A@1 first lost\n 1000 create A@1 replay"),
            ("another order", "failed 1, A@1: 0 1", "0 create A@1 first\n 100 create A@2 replay"),
            (
                "another amount",
                "failed 2, A@1: 0 2",
                "0 create A@1 first\n 100 create A@1 replay\n 200 create A@1=9000 replay",
            ),
            ("a lost request", "failed 1, A@1: 0 1", "0 create A@1 first\n 100 create A@2 lost"),
            (
                "two other orders",
                "failed 2, A@1: 0 1 2",
                "0 create A@1 first\n 100 create A@2 replay\n 200 create A@3 replay",
            ),
        ],
    );
}

#[test]
fn does_not_repeat_refusals() {
    assert_each(
        Check::DoesNotRepeatRefusals,
        &[
            ("nothing was refused", "not tried", "0 confirm A@1 first\n 100 confirm A@1 replay\n 200 confirm A@1 503"),
            ("a wrong key is not a refusal", "not tried", "0 confirm A@1 401\n 100 confirm A@1 401"),
            ("its answer was lost", "not tried", "0 confirm A@1 409 lost"),
            ("a gateway's 500", "not tried", "0 confirm A@1 500 gateway\n 1000 confirm A@1 500 gateway"),
            ("it was not repeated", "passed 1", "0 confirm A@1=9000 409\n 1000 confirm A@1 first"),
            ("its payment was created", "passed 1", "0 confirm A@1 404\n 100 create A@1 first\n 200 confirm A@1 first"),
            (
                "its payment was being created",
                "passed 1",
                "0 confirm A@1 404\n 10 create A@1 first late 200\n 100 confirm A@1 first",
            ),
            ("it was approved", "passed 1", "0 cancel A 422\n 100 confirm A@1 first lost\n 200 cancel A first"),
            ("another media type", "passed 1", "0 confirm A@1 text 415\n 100 confirm A@1 first"),
            ("another invalid request", "passed 2", "0 create ?a@1 400\n 100 create ?b@1 400"),
            ("it was sent before the answer", "passed 2", "0 confirm A@1=9000 409 took 200\n 100 confirm A@1=9000 409"),
            ("400", "failed 2, @1: 0 1", "0 create ?@1 400\n 1000 create ?@1 400"),
            ("404", "failed 1, A@1: 0 1", "0 confirm A@1 404\n 1000 confirm A@1 lost"),
            ("404 of a read", "failed 2, A@: 0 1", "0 retrieve A 404\n 1000 retrieve A 404"),
            ("409", "failed 2, A@1: 1 2", "0 create A@1 first\n 100 confirm A@1=9000 409\n 2000 confirm A@1=9000 409"),
            ("409 with another reason", "failed 2, A@: 0 1", "0 cancel A=9000 409\n 1000 cancel A=9000 text 409"),
            ("415", "failed 2, A@1: 0 1", "0 confirm A@1 text 415\n 1000 confirm A@1 text 415"),
            (
                "422",
                "failed 2, A@1: 2 3",
                "0 confirm A@1 first\n 9 cancel A first\n 100 confirm A@1 422\n 1000 confirm A@1 422",
            ),
            ("500 INTERNAL_ERROR", "failed 1, A@1: 0 1", "0 confirm A@1 500\n 1000 confirm A@1 first"),
            (
                "it changed before",
                "failed 2, A@1: 1 2",
                "0 confirm A@1 first\n 100 confirm A@1=9000 409\n 200 confirm A@1=9000 409",
            ),
        ],
    );
}

#[test]
fn waits_before_repeating() {
    assert_each(
        Check::WaitsBeforeRepeating,
        &[
            ("no 503 and no 429", "not tried", "0 confirm A@1 lost\n 30 confirm A@1 504\n 60 confirm A@1 first"),
            ("it was not repeated", "not tried", "0 confirm A@1 503\n 30 confirm B@1 first\n 60 cancel A 422"),
            ("the 503 was lost", "not tried", "0 confirm A@1 503 lost\n 30 confirm A@1 first"),
            ("it was sent before the answer", "not tried", "0 confirm A@1 503 took 200\n 30 confirm A@1 first"),
            ("a second", "passed 1", "0 confirm A@1 503\n 1020 confirm A@1 first"),
            ("a little less, which is a timer's fault", "passed 1", "0 confirm A@1 503\n 970 confirm A@1 first"),
            ("less", "failed 1, A@1: 0 1", "0 confirm A@1 503\n 969 confirm A@1 first"),
            ("after a 429", "failed 1, A@1: 0 1", "0 confirm A@1 429\n 500 confirm A@1 first"),
            ("after a gateway's 503", "failed 1, A@1: 0 1", "0 confirm A@1 503 gateway\n 500 confirm A@1 first"),
            ("after a slow answer", "failed 1, A@1: 0 1", "0 confirm A@1 503 took 3000\n 3500 confirm A@1 first"),
            ("a read", "failed 1, @1: 0 1", "0 list @1 503\n 500 list @1 read"),
            (
                "the second time",
                "failed 2, A@1: 1 2",
                "0 confirm A@1 503\n 2000 confirm A@1 503\n 2100 confirm A@1 first",
            ),
        ],
    );
}

#[test]
fn waits_for_the_answer() {
    assert_each(
        Check::WaitsForTheAnswer,
        &[
            ("the answer came before", "not tried", "0 confirm A@1 first took 4999"),
            ("a fault closed the connection", "not tried", "0 confirm A@1 first lost\n 100 confirm A@1 lost"),
            ("it waits", "not tried", "0 confirm A@1 open"),
            ("it waited", "passed 1", "0 confirm A@1 first took 5000"),
            ("it left later", "passed 1", "0 confirm A@1 first left 10000"),
            ("it left at the last moment", "passed 1", "0 confirm A@1 first left 5000"),
            ("it left", "failed 1, A@1: 0", "0 confirm A@1 first left 4999"),
            ("it left a read", "failed 2, @1: 0", "0 list @1 read left 3000\n 4000 list @1 read took 6000"),
        ],
    );
}
