//! The calls of a command and of a read: how often each is sent, what a failure means, and when a refusal may be returned.

use aws_config::{BehaviorVersion, SdkConfig};
use payments_domain::{Command, Create, Decision, Payment, PaymentKey, Refusal};
use payments_model::{cancel, create, stamp};
use payments_store::{Executed, Store, StoreError, TrustStore, dynamodb};
use payments_test_table::{Fate, Fault, Table, Wire, empty_table, unique};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::net::TcpListener;

const CLOSED: Fate = Fate::Refuse(Fault::Close);
const THROTTLED: Fate = Fate::Refuse(Fault::Error(400, "ThrottlingException"));

/// A wire on which calls have these fates, one after the other. The last one applies to all further calls.
pub(crate) async fn wire_with(table: &Table, fates: Vec<Fate>) -> Wire {
    let (wire, mut calls) = Wire::holding(&table.endpoint).await;
    tokio::spawn(async move {
        for fate in fates.iter().chain(fates.last().into_iter().cycle()) {
            let Some(call) = calls.recv().await else { return };
            call.release(*fate).await;
        }
    });
    wire
}

/// A store over such a wire.
pub(crate) async fn store_with(table: &Table, fates: Vec<Fate>) -> Store {
    table.by_way_of(&wire_with(table, fates).await.endpoint).store()
}

/// Creates a payment with a new key.
async fn create_a_payment(store: &Store) -> Executed<Decision<<Create as Command>::Output>> {
    let [key, request] = ["payment", "request"].map(unique);
    store.execute(&create(&key, "order_1", 10_000), &stamp(&request)).await
}

/// Reads a payment that does not exist.
async fn read_a_payment(store: &Store) -> Executed<Option<Payment>> {
    store.read(&PaymentKey::parse(unique("payment")).unwrap()).await
}

/// What a failure means for the write or the read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Unavailable,
    Fault,
}

fn class<T>(result: &Result<T, StoreError>) -> Option<Class> {
    match result {
        Ok(_) => None,
        Err(StoreError::Unavailable(_)) => Some(Class::Unavailable),
        Err(StoreError::Fault(_)) => Some(Class::Fault),
    }
}

/// What a failure means for each of the two kinds of writes and for a read, if every attempt has this fault.
async fn failures(table: &Table, fault: Fault) -> [Option<Class>; 3] {
    let store = store_with(table, vec![Fate::Refuse(fault)]).await;
    let put = create_a_payment(&store).await.result;
    let update = store.execute(&cancel(&unique("payment"), 10_000), &stamp("canceler")).await.result;
    let get = read_a_payment(&store).await.result;
    [class(&put), class(&update), class(&get)]
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_permanent_refusal_of_dynamodb_is_a_fault() {
    const FAULT: [Option<Class>; 3] = [Some(Class::Fault); 3];
    const UNAVAILABLE: [Option<Class>; 3] = [Some(Class::Unavailable); 3];
    let table = empty_table().await;
    for code in ["AccessDeniedException", "ResourceNotFoundException", "ValidationException", "Unheard"] {
        for status in [400, 403, 404, 499] {
            let result = failures(&table, Fault::Error(status, code)).await;
            assert_eq!(result, FAULT, "{status} {code}: the write was not made and never will be");
        }
    }
    for code in [
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "TransactionConflictException",
        "TransactionInProgressException",
        "ReplicatedWriteConflictException",
        "RequestTimeout",
        "RequestTimeoutException",
    ] {
        assert_eq!(failures(&table, Fault::Error(400, code)).await, UNAVAILABLE, "{code} passes");
    }
    for status in [301, 408, 429, 500, 503] {
        let result = failures(&table, Fault::Error(status, "Unheard")).await;
        assert_eq!(result, UNAVAILABLE, "{status}: the write may have been made, or may be later");
    }
    for fault in
        [Fault::Close, Fault::Reset, Fault::Truncate, Fault::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{")]
    {
        let result = failures(&table, fault).await;
        assert_eq!(result, UNAVAILABLE, "{fault:?}: it is unknown whether the write was made");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_condition_without_an_item_is_a_fault_for_create_and_not_found_for_cancel() {
    let table = empty_table().await;
    let store = store_with(&table, vec![Fate::Refuse(Fault::ConditionFailed(""))]).await;
    let put = create_a_payment(&store).await.result;
    assert_eq!(class(&put), Some(Class::Fault), "a payment exists, but was not returned");
    let update = store.execute(&cancel(&unique("payment"), 10_000), &stamp("canceler")).await.result;
    assert!(matches!(update, Ok(Decision::Refused(Refusal::NotFound))), "{update:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_can_never_be_sent_is_a_fault() {
    let table = empty_table().await;
    let wire = Wire::to(&table.endpoint).await;
    let with_credentials = payments_dynamodb::aws();
    let without = SdkConfig::builder().behavior_version(BehaviorVersion::v2026_01_12()).build();
    for (aws, endpoint) in
        [(&without, wire.endpoint.as_str()), (&with_credentials, "no endpoint"), (&with_credentials, "http://")]
    {
        let client = dynamodb(aws, Some(endpoint), &TrustStore::amazon());
        let executed = create_a_payment(&Store::new(client.clone(), &table.name)).await;
        assert_eq!(class(&executed.result), Some(Class::Fault), "{endpoint}: {:?}", executed.result);
        let read = read_a_payment(&Store::new(client, &table.name)).await;
        assert_eq!(class(&read.result), Some(Class::Fault), "{endpoint}: {:?}", read.result);
    }
    assert_eq!(wire.requests(), Vec::<String>::new(), "nothing is sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_attempt_is_counted() {
    let table = empty_table().await;
    for (fates, attempts) in [
        (vec![Fate::Pass], 1),
        (vec![CLOSED, Fate::Pass], 2),
        (vec![THROTTLED, CLOSED, Fate::Pass], 3),
        (vec![CLOSED], 3),
        (vec![Fate::Refuse(Fault::Error(400, "ValidationException"))], 1),
    ] {
        let store = store_with(&table, fates.clone()).await;
        let executed = create_a_payment(&store).await;
        assert_eq!(executed.attempts, attempts, "{fates:?}: {:?}", executed.result);
        let read = read_a_payment(&store_with(&table, fates.clone()).await).await;
        assert_eq!(read.attempts, attempts, "a read, {fates:?}: {:?}", read.result);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_refusal_is_returned_only_if_no_attempt_can_still_succeed() {
    let table = empty_table().await;
    let key = unique("doubt");
    table.store().execute(&create(&key, "order_1", 10_000), &stamp("creator")).await.result.unwrap();
    for (fates, is_in_doubt) in [
        (vec![Fate::Pass], false),
        (vec![THROTTLED, Fate::Pass], false),
        (vec![THROTTLED, THROTTLED, Fate::Pass], false),
        (vec![CLOSED, Fate::Pass], true),
        (vec![THROTTLED, CLOSED, Fate::Pass], true),
        (vec![Fate::Refuse(Fault::Error(500, "InternalServerError")), Fate::Pass], true),
    ] {
        let store = store_with(&table, fates.clone()).await;
        let result = store.execute(&cancel(&key, 10_000), &stamp("canceler")).await.result;
        let refused = matches!(result, Ok(Decision::Refused(Refusal::NotApproved)));
        assert_eq!(refused, !is_in_doubt, "{fates:?}: {result:?}");
        assert_eq!(class(&result), is_in_doubt.then_some(Class::Unavailable), "{fates:?}: {result:?}");
    }
}

/// As with a write, a 500 would say that repeating cannot help.
#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_fails_for_good_after_an_attempt_without_an_answer_is_unavailable() {
    let table = empty_table().await;
    let denied = Fate::Refuse(Fault::Error(400, "AccessDeniedException"));
    for (fates, expected) in [
        (vec![denied], Class::Fault),
        (vec![THROTTLED, denied], Class::Fault),
        (vec![CLOSED, denied], Class::Unavailable),
        (vec![Fate::Refuse(Fault::Error(500, "InternalServerError")), denied], Class::Unavailable),
    ] {
        let result = read_a_payment(&store_with(&table, fates.clone()).await).await.result;
        assert_eq!(class(&result), Some(expected), "{fates:?}: {result:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_opened_without_a_call() {
    let table = empty_table().await;
    let wire = Wire::to(&table.endpoint).await;
    table.by_way_of(&wire.endpoint).store().connect().await.expect("a connection");
    assert_eq!(wire.requests(), ["GET / HTTP/1.1"], "it reads nothing and writes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_connection_is_reported_after_one_attempt() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("its address"));
    let accepted = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&accepted);
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            drop(connection);
        }
    });
    let connected = Table::at(&endpoint, "payments").store().connect().await;
    assert!(matches!(connected, Err(StoreError::Unavailable(_))), "{connected:?}");
    assert_eq!(accepted.load(Ordering::Relaxed), 1);
}
