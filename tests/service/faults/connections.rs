//! Connections that die, cannot be opened, or lead nowhere.

use crate::service::{BOUND, FaultyService};
use futures_util::future::join_all;
use payments_store::LIMITS;
use payments_test_function::{Answer, LambdaFunction, body_of, dependencies, fixed_clock};
use payments_test_table::{Fate, Fault, Table, Wire, empty_table};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

const DOWN: Fate = Fate::Refuse(Fault::Error(500, "InternalServerError"));

/// The answer to a request and the time that it took, from a function with the table at this endpoint.
async fn ask_at(endpoint: &str, operation: &str) -> (Answer, Duration) {
    let function = LambdaFunction::new(operation, dependencies(&Table::at(endpoint, "payments"), fixed_clock()));
    let event = function.event("pay_1", &body_of(operation, "pay_1"));
    let started = Instant::now();
    let answer = function.invoke(&event).await;
    let took = started.elapsed();
    println!("{operation} at {endpoint}: {} in {took:.2?}", answer.status);
    assert!(took < BOUND, "a client must have its answer in {BOUND:?}: {answer} took {took:?}");
    (answer, took)
}

#[test]
fn all_attempts_fit_into_the_time_of_an_operation() {
    assert!(LIMITS.attempt * LIMITS.attempts < LIMITS.operation, "the last attempt must be able to succeed");
    assert!(LIMITS.operation < BOUND, "an answer must be given in {BOUND:?}");
}

/// All tasks run on one thread, as in a function. Otherwise a request could come before the SDK's client has returned the connection
/// to its pool, which a task does after the answer. The request would then open its own connection, and the one connection could be
/// lost: hyper-util drops it if it is returned at the moment when opening another one fails.
#[tokio::test]
async fn f31_a_warm_function_continues_while_no_new_connection_can_be_opened() {
    let mut service = FaultyService::start().await;
    assert!(service.send("create", &[Fate::Pass]).await.is_done());
    service.wire.refuse_connections().await;
    let opened = service.wire.connections();
    for step in ["confirm", "cancel"] {
        // The task that returns the connection needs a few turns.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        let observed = service.send(step, &[Fate::Pass]).await;
        assert!(observed.is_done(), "{step} over the connection that is open: {observed}");
    }
    assert_eq!(service.wire.connections(), opened);
}

#[tokio::test(flavor = "multi_thread")]
async fn f31_a_cold_function_that_cannot_connect_answers_503_in_time() {
    let table = empty_table().await;
    let wire = Wire::to(&table.endpoint).await;
    wire.refuse_connections().await;
    for (nowhere, operation) in [
        (&*wire.endpoint, "create"),
        ("http://dynamodb.invalid", "create"),
        (&*wire.endpoint, "retrieve"),
        ("http://dynamodb.invalid", "retrieve"),
        (&*wire.endpoint, "list"),
    ] {
        let (answer, _) = ask_at(nowhere, operation).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{operation} at {nowhere}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f32_a_tls_handshake_that_stalls_is_503_in_time_and_nothing_is_sent_unencrypted() {
    let deaf = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("https://localhost:{}", deaf.local_addr().unwrap().port());
    let received = Arc::<Mutex<Vec<Vec<u8>>>>::default();
    let all = Arc::clone(&received);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = deaf.accept().await {
            let all = Arc::clone(&all);
            tokio::spawn(async move {
                let mut bytes = Vec::new();
                drop(stream.read_to_end(&mut bytes).await);
                all.lock().unwrap().push(bytes);
            });
        }
    });
    let (answer, took) = ask_at(&endpoint, "create").await;
    assert_eq!(answer.status, 503, "{answer}");
    assert!(took < LIMITS.attempt * LIMITS.attempts, "a connection has less time than an attempt: {took:?}");
    let received = received.lock().unwrap();
    assert!(received.len() >= 2, "an attempt that got no connection is repeated: {}", received.len());
    for bytes in received.iter() {
        const HANDSHAKE: u8 = 22;
        assert_eq!(bytes.first(), Some(&HANDSHAKE), "only TLS is spoken to an https endpoint");
        assert!(!String::from_utf8_lossy(bytes).contains("DynamoDB_20120810"), "nothing is sent unencrypted");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_does_not_reduce_the_attempts_of_later_requests() {
    let mut service = FaultyService::start().await;
    let (create, event) = (service.functions.named("create").clone(), service.event("create"));
    let crowd = tokio::spawn(async move { join_all((0..100).map(|_| create.invoke(&event))).await });
    // F45: the SDK's own quota, of 500 tokens for the whole process, would be empty after this.
    for _ in 0..100 * LIMITS.attempts {
        service.next_call().await.release(DOWN).await;
    }
    assert!(crowd.await.unwrap().iter().all(|answer| answer.status == 503), "the store is down");

    let still_down = service.send("create", &[DOWN]).await;
    assert!(still_down.is_unavailable(), "{still_down}");
    assert_eq!(still_down.attempts.len(), LIMITS.attempts as usize, "a long outage does not reduce the attempts");
    assert!(service.send("create", &[Fate::Pass]).await.is_done(), "the store is up, and a connection is kept");
    service.wire.cut(Fault::Hang);
    let after = service.send("confirm", &[Fate::Pass]).await;
    assert!(after.is_done(), "a request over a dead connection is answered: {after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn f25_a_missing_table_is_500_and_is_not_created() {
    let table = empty_table().await;
    let wire = Wire::to(&table.endpoint).await;
    for operation in ["create", "create", "retrieve", "list"] {
        let (answer, _) = ask_at(&wire.endpoint, operation).await;
        assert_eq!((answer.status, answer.header("retry-after")), (500, None), "{answer}");
        assert!(!answer.to_string().contains(&table.name), "nothing internal reaches a client: {answer}");
    }
    assert_eq!(
        wire.requests(),
        ["PutItem", "PutItem", "GetItem", "Query"],
        "one call for each request, and nothing else"
    );
}
