//! The store and the rules agree. For every state and every command, DynamoDB makes a write exactly when the rules allow it.
//! Damaged items are never overwritten, and what is written can always be read again.

use aws_sdk_dynamodb::types::AttributeValue;
use payments_domain::{
    Amount, Approval, Cancel, CancelReason, Cancellation, Command, Decision, Method, Payment, PaymentKey, State,
    Verdict, evaluate,
};
use payments_model::{cancel, confirm, create, stamp};
use payments_store::{Store, StoreError};
use payments_test_table::{Table, empty_table, empty_table_of_version_1_0, unique};
use std::fmt::Debug;

const ORDERS: [&str; 2] = ["order_1", "order_2"];
const AMOUNTS: [u64; 2] = [10_000, 9_999];

/// The states of a payment of 10000 for `order_1`.
const STATES: [&str; 4] = ["ABSENT", "INITIATED", "APPROVED", "CANCELED"];

/// A new payment in this state, written by the store itself.
async fn payment_in(store: &Store, state: &str) -> String {
    let key = unique("agreement");
    let made = STATES.iter().position(|name| *name == state).unwrap();
    if made >= 1 {
        store.execute(&create(&key, "order_1", 10_000), &stamp("creator")).await.result.unwrap();
    }
    if made >= 2 {
        store.execute(&confirm(&key, "order_1", 10_000), &stamp("approver")).await.result.unwrap();
    }
    if made >= 3 {
        store.execute(&cancel(&key, 10_000), &stamp("canceler")).await.result.unwrap();
    }
    key
}

/// Runs a command on a new payment in `state`, and compares what the table did with what the rules say.
async fn agrees<C>(table: &Table, store: &Store, state: &str, command_on: impl Fn(&str) -> C)
where
    C: Command<Output: Debug> + Debug,
{
    let key = payment_in(store, state).await;
    let command = command_on(&key);
    let before = table.get(&key).await;
    let decision = store.execute(&command, &stamp("me")).await.result.unwrap();
    let after = table.get(&key).await;

    let stored = before.as_ref().map(|item| payments_store::decode(item).unwrap());
    let expected = evaluate(&command.requirements(), stored.as_ref());
    let did = match &decision {
        Decision::Made(_) => Verdict::Write,
        Decision::Replayed(_) => Verdict::Replay,
        Decision::Refused(refusal) => Verdict::Refuse(*refusal),
    };
    assert_eq!(did, expected, "{command:?} on {state}: the store and the rules differ");
    assert_eq!(
        before != after,
        expected == Verdict::Write,
        "{command:?} on {state}: written only if the rules allow it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_does_what_the_rules_say_for_every_state_and_command() {
    let table = empty_table().await;
    let store = table.store();
    for state in STATES {
        for amount in AMOUNTS {
            for order in ORDERS {
                agrees(&table, &store, state, |key| create(key, order, amount)).await;
                agrees(&table, &store, state, |key| confirm(key, order, amount)).await;
            }
            agrees(&table, &store, state, |key| cancel(key, amount)).await;
        }
    }
}

/// F36 of docs/reliability.md.
#[tokio::test(flavor = "multi_thread")]
async fn a_transition_adds_its_own_attributes_and_touches_no_other() {
    let table = empty_table().await;
    let store = table.store();
    let key = payment_in(&store, "INITIATED").await;
    let mut item = table.get(&key).await.unwrap();
    item.insert("fromALaterVersion".to_owned(), AttributeValue::S("kept".to_owned()));
    table.put(item).await;
    store.execute(&confirm(&key, "order_1", 10_000), &stamp("approver")).await.result.unwrap();
    store.execute(&cancel(&key, 10_000), &stamp("canceler")).await.result.unwrap();

    let item = table.get(&key).await.unwrap();
    let mut lines: Vec<String> = item
        .iter()
        .map(|(name, value)| match value {
            AttributeValue::S(text) if *text == key => format!("{name} S <key>"),
            AttributeValue::S(text) => format!("{name} S {text}"),
            AttributeValue::N(number) => format!("{name} N {number}"),
            other => panic!("{name} must be flat: {other:?}"),
        })
        .collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            "amount N 10000",
            "approvedAt S 2024-01-01T12:34:56Z",
            "approvedBy S approver",
            "cancelAmount N 10000",
            "cancelReason S USER_REQUEST",
            "canceledAt S 2024-01-01T12:34:56Z",
            "canceledBy S canceler",
            "createdAt S 2024-01-01T12:34:56Z",
            "createdBy S creator",
            "fromALaterVersion S kept",
            "method S CARD",
            "orderId S order_1",
            "paymentKey S <key>",
            "schemaVersion N 1",
            "status S CANCELED",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_read_back_as_it_was_written() {
    let table = empty_table().await;
    let store = table.store();
    let amount = Amount::parse(10_000).unwrap();
    let approval = Approval { method: Method::Card, stamp: stamp("approver") };
    let cancellation = Cancellation { reason: "USER_REQUEST".to_owned(), amount, stamp: stamp("canceler") };
    for (name, state) in STATES[1..].iter().zip([
        State::Initiated,
        State::Approved(approval.clone()),
        State::Canceled(approval, cancellation),
    ]) {
        let key = PaymentKey::parse(payment_in(&store, name).await).unwrap();
        let written = Payment { order_id: "order_1".to_owned(), amount, created: stamp("creator"), state };
        assert_eq!(store.read(&key).await.result.unwrap(), Some(written), "{name}");
    }
    let unknown = PaymentKey::parse(unique("unknown")).unwrap();
    assert_eq!(store.read(&unknown).await.result.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_item_is_under_two_kilobytes() {
    let table = empty_table().await;
    let store = table.store();
    let key = format!("{}{}", unique("big"), "k".repeat(200))[..200].to_owned();
    let order = "o".repeat(64);
    let amount = 9_007_199_254_740_991;
    let by = stamp("c6af9ac6-7b61-11e6-9a41-93e8deadbeef");
    store.execute(&create(&key, &order, amount), &by).await.result.unwrap();
    store.execute(&confirm(&key, &order, amount), &by).await.result.unwrap();
    let reason = CancelReason::parse("😀".repeat(200)).unwrap();
    let cancel = Cancel { key: PaymentKey::parse(&*key).unwrap(), reason, amount: Amount::parse(amount).unwrap() };
    store.execute(&cancel, &by).await.result.unwrap();
    let item = table.get(&key).await.unwrap();
    let bytes: usize = item
        .iter()
        .map(|(name, value)| name.len() + value.as_s().map_or_else(|_| value.as_n().unwrap().len(), String::len))
        .sum();
    assert!(bytes < 2_048, "{bytes} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_cannot_be_read_is_a_fault_and_is_not_overwritten() {
    let s = |text: &str| Some(AttributeValue::S(text.to_owned()));
    let n = |number: &str| Some(AttributeValue::N(number.to_owned()));
    let always: Vec<(&str, Option<AttributeValue>)> = vec![
        ("schemaVersion", n("2")),
        ("schemaVersion", s("1")),
        ("schemaVersion", None),
        ("status", s("SETTLED")),
        ("status", s("approved")),
        ("status", None),
        ("orderId", None),
        ("orderId", n("1")),
        ("amount", None),
        ("amount", s("10000")),
        ("amount", n("0")),
        ("amount", n("1.5")),
        ("createdAt", None),
        ("createdAt", n("1704112496")),
        ("createdBy", None),
    ];
    let approved =
        [("method", None), ("method", s("CASH")), ("approvedAt", None), ("approvedBy", None), ("approvedBy", n("1"))];
    let canceled = [
        ("cancelReason", None),
        ("cancelAmount", None),
        ("cancelAmount", n("1.5")),
        ("canceledAt", None),
        ("canceledBy", None),
    ];
    let ahead = [("approvedBy", s("somebody")), ("canceledAt", s("2024-01-01T12:34:56Z"))];

    // As in the test below, of version 1.0.
    let table = empty_table_of_version_1_0().await;
    let store = table.store();
    let mut cases = Vec::new();
    for state in &STATES[1..] {
        cases.extend(always.iter().map(|case| (*state, case.clone())));
    }
    cases.extend(approved.iter().flat_map(|case| [("APPROVED", case.clone()), ("CANCELED", case.clone())]));
    cases.extend(canceled.iter().map(|case| ("CANCELED", case.clone())));
    cases.extend(ahead.iter().map(|case| ("INITIATED", case.clone())));
    for (state, (attribute, value)) in cases {
        let key = payment_in(&store, state).await;
        let mut item = table.get(&key).await.unwrap();
        match value.clone() {
            Some(value) => item.insert(attribute.to_owned(), value),
            None => item.remove(attribute),
        };
        table.put(item.clone()).await;
        let case = format!("{state} with {attribute} = {value:?}");
        let faults = [
            matches!(
                store.execute(&create(&key, "order_1", 10_000), &stamp("me")).await.result,
                Err(StoreError::Fault(_))
            ),
            matches!(
                store.execute(&confirm(&key, "order_1", 10_000), &stamp("me")).await.result,
                Err(StoreError::Fault(_))
            ),
            matches!(store.execute(&cancel(&key, 10_000), &stamp("me")).await.result, Err(StoreError::Fault(_))),
            matches!(store.read(&PaymentKey::parse(&*key).unwrap()).await.result, Err(StoreError::Fault(_))),
        ];
        assert_eq!(faults, [true; 4], "create, confirm, cancel and a read must fail on {case}");
        assert_eq!(table.get(&key).await.unwrap(), item, "{case} is not overwritten");
    }
}

/// The answer to a request, as text.
#[derive(Debug, PartialEq, Eq)]
enum Summary {
    Made(String),
    Replayed(String),
    Refused,
    Fault,
}

fn summary<T: Debug>(result: Result<Decision<T>, StoreError>) -> Summary {
    match result {
        Ok(Decision::Made(output)) => Summary::Made(format!("{output:?}")),
        Ok(Decision::Replayed(output)) => Summary::Replayed(format!("{output:?}")),
        Ok(Decision::Refused(_)) => Summary::Refused,
        Err(StoreError::Fault(_)) => Summary::Fault,
        Err(error @ StoreError::Unavailable(_)) => {
            panic!("an item that cannot be read is not a temporary failure: {error:?}")
        }
    }
}

/// Sends one of the three commands, with the terms of the payment.
async fn send(store: &Store, command: &str, key: &str, by: &str) -> Summary {
    match command {
        "create" => summary(store.execute(&create(key, "order_1", 10_000), &stamp(by)).await.result),
        "confirm" => summary(store.execute(&confirm(key, "order_1", 10_000), &stamp(by)).await.result),
        _ => summary(store.execute(&cancel(key, 10_000), &stamp(by)).await.result),
    }
}

const COMMANDS: [&str; 3] = ["create", "confirm", "cancel"];

#[tokio::test(flavor = "multi_thread")]
async fn every_item_that_a_write_accepts_can_be_read_later() {
    // A table with the index refuses some of these items. A table of version 1.0 can have all of them.
    let table = empty_table_of_version_1_0().await;
    let states = STATES[1..].iter().map(|state| tokio::spawn(what_a_write_accepts_in(table.clone(), state)));
    for state in states.collect::<Vec<_>>() {
        state.await.unwrap();
    }
}

async fn what_a_write_accepts_in(table: Table, state: &'static str) {
    let s = |text: &str| Some(AttributeValue::S(text.to_owned()));
    let n = |number: &str| Some(AttributeValue::N(number.to_owned()));
    let values = [None, s(""), s("yesterday"), n("1"), n("1.5"), n("10000.0"), Some(AttributeValue::Bool(true))];
    let store = table.store();
    let template = table.get(&payment_in(&store, state).await).await.unwrap();
    let names = template.keys().filter(|name| *name != "paymentKey").map(String::as_str);
    for attribute in names.chain(["approvedAt", "canceledBy", "fromALaterVersion"]) {
        for value in &values {
            for command in COMMANDS {
                let case = format!("{command} on {state} with {attribute} = {value:?}");
                let key = unique("twisted");
                let mut before = template.clone();
                before.insert("paymentKey".to_owned(), AttributeValue::S(key.clone()));
                match value.clone() {
                    Some(value) => before.insert(attribute.to_owned(), value),
                    None => before.remove(attribute),
                };
                table.put(before).await;
                let before = table.get(&key).await.unwrap();
                let first = send(&store, command, &key, "me").await;
                let again = send(&store, command, &key, "somebody else").await;
                let after = table.get(&key).await.unwrap();
                match &first {
                    Summary::Made(answer) => {
                        assert_eq!(again, Summary::Replayed(answer.clone()), "the same answer again to {case}");
                        for later in COMMANDS {
                            let answer = send(&store, later, &key, "a third").await;
                            assert_ne!(answer, Summary::Fault, "a later {later} must be answered after {case}");
                        }
                    }
                    answer => {
                        assert_eq!(*answer, again, "{case} must be answered in the same way each time");
                        assert_eq!(before, after, "{case} must not be overwritten");
                    }
                }
                let understood = payments_store::decode(&before).is_ok();
                assert_eq!(first != Summary::Fault, understood, "{case}: {first:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_recognises_its_own_write_before_it_reads_anything_else() {
    let table = empty_table().await;
    let store = table.store();
    for (command, state, by) in
        [("create", "INITIATED", "creator"), ("confirm", "APPROVED", "approver"), ("cancel", "CANCELED", "canceler")]
    {
        let key = payment_in(&store, state).await;
        let mut item = table.get(&key).await.unwrap();
        for damaged in ["schemaVersion", "status", "orderId", "amount"] {
            item.remove(damaged);
        }
        table.put(item).await;
        let answer = send(&store, command, &key, by).await;
        assert!(matches!(answer, Summary::Made(_)), "the {command} of {by} made the change: {answer:?}");
        assert_eq!(send(&store, command, &key, "another request").await, Summary::Fault, "{command}");
    }
}
