//! The payments of an order: which ones, in which order, how they are now, and what a failure of either call means.

use crate::calls::{store_with, wire_with};
use aws_sdk_dynamodb::types::AttributeValue;
use payments_domain::{Create, OrderId, Payment, PaymentKey, RequestId, Stamp, Status, Timestamp};
use payments_model::{cancel, confirm, create};
use payments_store::{Executed, Item, LIMITS, Store, StoreError};
use payments_test_table::{Fate, Fault, Table, Wire, empty_table, empty_table_of_version_1_0};

/// The stamp of a request in a second of one minute.
fn in_second(second: i64) -> Stamp {
    Stamp::new(Timestamp::from_unix(1_704_112_440 + second).unwrap(), &RequestId::parse("request").unwrap())
}

async fn create_in(store: &Store, second: i64, command: &Create) {
    store.execute(command, &in_second(second)).await.result.unwrap();
}

async fn list(store: &Store, order: &str) -> Executed<Vec<(PaymentKey, Payment)>> {
    store.list(&OrderId::parse(order).unwrap()).await
}

/// The keys and the states of the listed payments.
async fn listed(store: &Store, order: &str) -> Vec<(String, Status)> {
    let payments = list(store, order).await.result.unwrap();
    payments.into_iter().map(|(key, payment)| (key.as_str().to_owned(), payment.status())).collect()
}

async fn keys(store: &Store, order: &str) -> Vec<String> {
    listed(store, order).await.into_iter().map(|(key, _)| key).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_has_every_payment_of_its_order_in_its_state_and_the_newest_is_the_first() {
    let table = empty_table().await;
    let store = table.store();
    for (second, (key, order)) in
        [("b", "order_1"), ("a", "order_1"), ("other", "order_11"), ("c", "order_1"), ("alone", "a~b")]
            .into_iter()
            .enumerate()
    {
        create_in(&store, second.try_into().unwrap(), &create(key, order, 10)).await;
    }
    for key in ["a", "c"] {
        store.execute(&confirm(key, "order_1", 10), &in_second(50)).await.result.unwrap();
    }
    store.execute(&cancel("a", 10), &in_second(59)).await.result.unwrap();
    let expected = [("c", Status::Approved), ("a", Status::Canceled), ("b", Status::Initiated)];
    assert_eq!(listed(&store, "order_1").await, expected.map(|(key, status)| (key.to_owned(), status)));
    assert_eq!(keys(&store, "a~b").await, ["alone"]);
    assert_eq!(keys(&store, "order_").await, Vec::<String>::new(), "another order is not a part of it");
    let all = list(&store, "order_1").await.result.unwrap();
    for (key, payment) in all {
        assert_eq!(store.read(&key).await.result.unwrap(), Some(payment), "the same as a read of {key:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_of_the_same_second_are_in_the_order_of_their_keys() {
    let table = empty_table().await;
    let store = table.store();
    for key in ["b", "~", "a", "B", "-"] {
        create_in(&store, 7, &create(key, "order_1", 10)).await;
    }
    create_in(&store, 6, &create("earlier", "order_1", 10)).await;
    create_in(&store, 8, &create("later", "order_1", 10)).await;
    assert_eq!(keys(&store, "order_1").await, ["later", "-", "B", "a", "b", "~", "earlier"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_has_at_most_the_hundred_newest_payments() {
    let table = empty_table().await;
    let (wire, store) = watched(&table).await;
    let key = |n: i64| format!("pay_{n:03}");
    for n in 0..101 {
        create_in(&store, n, &create(&key(n), "order_1", 10)).await;
        let expected: Vec<String> = (0..=n).rev().take(100).map(key).collect();
        if [0, 1, 98, 99, 100].contains(&n) {
            wire.requests();
            assert_eq!(keys(&store, "order_1").await, expected);
            assert_eq!(wire.requests(), ["Query", "BatchGetItem"], "two calls for any number of payments");
        }
    }
}

/// A store over a wire that only records.
async fn watched(table: &Table) -> (Wire, Store) {
    let wire = Wire::to(&table.endpoint).await;
    let store = table.by_way_of(&wire.endpoint).store();
    (wire, store)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_without_payments_takes_one_query() {
    let table = empty_table().await;
    let (wire, store) = watched(&table).await;
    let executed = list(&store, "order_1").await;
    assert_eq!((executed.result.unwrap().len(), executed.attempts), (0, 1));
    assert_eq!(wire.requests(), ["Query"]);
}

/// An answer of BatchGetItem that has these items and leaves out the payment with this key.
fn left_out(key: &str, items: &[&Item]) -> Fate {
    let items: Vec<_> = items.iter().map(|item| as_json(item)).collect();
    let body = format!(
        r#"{{"Responses":{{"payments":[{}]}},"UnprocessedKeys":{{"payments":{{"Keys":[{{"paymentKey":{{"S":"{key}"}}}}]}}}}}}"#,
        items.join(",")
    );
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    Fate::Refuse(Fault::Bytes(answer.leak().as_bytes()))
}

fn as_json(item: &Item) -> String {
    let attributes = item.iter().map(|(name, value)| match value {
        AttributeValue::S(text) => format!(r#""{name}":{{"S":"{text}"}}"#),
        AttributeValue::N(number) => format!(r#""{name}":{{"N":"{number}"}}"#),
        other => panic!("an item is flat: {other:?}"),
    });
    format!("{{{}}}", attributes.collect::<Vec<_>>().join(","))
}

/// F47 of docs/reliability.md.
#[tokio::test(flavor = "multi_thread")]
async fn keys_that_dynamodb_leaves_out_are_read_again() {
    let table = empty_table().await;
    for key in ["a", "b"] {
        create_in(&table.store(), 0, &create(key, "order_1", 10)).await;
    }
    let a = table.get("a").await.unwrap();
    let fates = vec![Fate::Pass, left_out("b", &[&a]), left_out("b", &[]), Fate::Pass];
    let wire = wire_with(&table, fates).await;
    let executed = list(&table.by_way_of(&wire.endpoint).store(), "order_1").await;
    let keys: Vec<_> = executed.result.unwrap().into_iter().map(|(key, _)| key.as_str().to_owned()).collect();
    assert_eq!((keys, executed.attempts), (vec!["a".to_owned(), "b".to_owned()], 4));
    assert_eq!(wire.requests(), ["Query", "BatchGetItem", "BatchGetItem", "BatchGetItem"], "each is consistent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_dynamodb_never_completes_is_unavailable_in_time() {
    let table = empty_table().await;
    create_in(&table.store(), 0, &create("a", "order_1", 10)).await;
    let store = store_with(&table, vec![Fate::Pass, left_out("a", &[])]).await;
    let executed = list(&store, "order_1").await;
    assert!(matches!(executed.result, Err(StoreError::Unavailable(_))), "{:?}", executed.result);
    assert!(executed.elapsed < LIMITS.operation * 5 / 4, "{:?}", executed.elapsed);
    assert!((5..12).contains(&executed.attempts), "the waits grow: {} attempts", executed.attempts);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_calls_together_have_the_time_of_one_command() {
    let table = empty_table().await;
    create_in(&table.store(), 0, &create("a", "order_1", 10)).await;
    let silence = Fate::Refuse(Fault::Hang);
    let store = store_with(&table, vec![silence, silence, Fate::Pass, silence]).await;
    let executed = list(&store, "order_1").await;
    assert!(matches!(executed.result, Err(StoreError::Unavailable(_))), "{:?}", executed.result);
    assert!(executed.elapsed < LIMITS.operation * 5 / 4, "{:?}", executed.elapsed);
}

/// The query was answered, so it does not count.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_fails_for_good_is_a_fault_unless_an_attempt_of_it_had_no_answer() {
    let table = empty_table().await;
    create_in(&table.store(), 0, &create("a", "order_1", 10)).await;
    let denied = Fate::Refuse(Fault::Error(400, "AccessDeniedException"));
    let closed = Fate::Refuse(Fault::Close);
    for (fates, is_fault) in [
        (vec![denied], true),
        (vec![closed, denied], false),
        (vec![Fate::Pass, denied], true),
        (vec![closed, Fate::Pass, denied], true),
        (vec![Fate::Pass, closed, denied], false),
    ] {
        let store = store_with(&table, fates.clone()).await;
        let executed = list(&store, "order_1").await;
        assert_eq!(matches!(executed.result, Err(StoreError::Fault(_))), is_fault, "{fates:?}: {:?}", executed.result);
        assert_eq!(matches!(executed.result, Err(StoreError::Unavailable(_))), !is_fault, "{:?}", executed.result);
        assert_eq!(executed.attempts as usize, fates.len(), "{fates:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_item_that_cannot_be_read_fails_the_list_and_is_named() {
    let table = empty_table().await;
    let store = table.store();
    for key in ["a", "damaged", "z"] {
        create_in(&store, 0, &create(key, "order_1", 10)).await;
    }
    let mut item = table.get("damaged").await.unwrap();
    item.insert("status".to_owned(), AttributeValue::S("SETTLED".to_owned()));
    table.put(item).await;
    let error = list(&store, "order_1").await.result.unwrap_err();
    let StoreError::Fault(cause) = &error else { panic!("repeating cannot fix it: {error:?}") };
    assert_eq!(cause.to_string(), "the payment damaged");
    let source = cause.source().expect("a cause").to_string();
    assert_eq!(source, "the stored item cannot be read: status is a state that this version does not know");
}

/// Payments that other programs delete may stay in the index for a moment.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_without_an_item_is_no_payment() {
    let table = empty_table().await;
    create_in(&table.store(), 0, &create("a", "order_1", 10)).await;
    let nothing: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"Responses\":{}}";
    let store = store_with(&table, vec![Fate::Pass, Fate::Refuse(Fault::Bytes(nothing))]).await;
    assert_eq!(keys(&store, "order_1").await, Vec::<String>::new());
}

/// F48 of docs/reliability.md.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_version_1_0_takes_payments_and_keeps_them_when_it_gets_the_index() {
    let table = empty_table_of_version_1_0().await;
    let store = table.store();
    for (second, key) in [(0, "old"), (1, "older")] {
        create_in(&store, second, &create(key, "order_1", 10)).await;
    }
    store.execute(&confirm("old", "order_1", 10), &in_second(2)).await.result.unwrap();
    let before = table.all().await;
    let without = list(&store, "order_1").await.result;
    assert!(matches!(without, Err(StoreError::Fault(_))), "there is no index to ask: {without:?}");

    for _ in 0..2 {
        table.complete().await;
    }
    assert_eq!(table.all().await, before, "every item is as it was");
    create_in(&store, 3, &create("new", "order_1", 10)).await;
    let expected = [("new", Status::Initiated), ("older", Status::Initiated), ("old", Status::Approved)];
    assert_eq!(listed(&store, "order_1").await, expected.map(|(key, status)| (key.to_owned(), status)));
}
