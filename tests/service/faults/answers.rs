//! Answers of DynamoDB, in time or late, right or wrong, and the answers that clients then get.

use crate::service::{FaultyService, Observed};
use Fate::{Delay, Lose, Pass, Refuse, Trickle};
use Fault::{Bytes, Close, ConditionFailed, Error, Hang, Reset, Truncate};
use futures_util::StreamExt;
use futures_util::stream;
use payments_store::LIMITS;
use payments_test_function::OPERATIONS;
use payments_test_table::{Fate, Fault, Table, empty_table};
use std::time::Duration;

/// A fault: its number in docs/reliability.md, a description, and the fates of a request's attempts. The last fate applies to all
/// further attempts.
struct Case<'a> {
    number: &'static str,
    what: &'a str,
    fates: &'a [Fate],
    /// How many attempts the SDK makes.
    attempts: usize,
    /// The calls that can have this fault.
    calls: &'static [ToDynamodb],
}

/// A request, and one of its calls to DynamoDB.
type ToDynamodb = (&'static str, &'static str);

const WRITING: [ToDynamodb; 3] = [("create", "PutItem"), ("confirm", "UpdateItem"), ("cancel", "UpdateItem")];
const ALL: [ToDynamodb; 6] =
    [WRITING[0], WRITING[1], WRITING[2], ("retrieve", "GetItem"), ("list", "Query"), ("list", "BatchGetItem")];

const fn case(number: &'static str, what: &'static str, fates: &'static [Fate], attempts: usize) -> Case<'static> {
    Case { number, what, fates, attempts, calls: &ALL }
}

/// A fault that only a write can have.
const fn case_of_a_write(
    number: &'static str,
    what: &'static str,
    fates: &'static [Fate],
    attempts: usize,
) -> Case<'static> {
    Case { calls: &WRITING, ..case(number, what, fates, attempts) }
}

/// The answer to a request with a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// It made the change, or it was read.
    Done,
    /// The outcome is unknown, or nothing was read.
    Unavailable,
    /// A failure that retrying cannot fix.
    Broken,
}

impl Class {
    fn fits(self, observed: &Observed) -> bool {
        match self {
            Self::Done => observed.is_done(),
            Self::Unavailable => observed.is_unavailable(),
            Self::Broken => observed.is_broken(),
        }
    }
}

/// Checks all promises for one request with a fault, and for its repeat. A read changes nothing, whatever happens to it.
async fn holds(table: &Table, case: &Case<'_>, (step, call): ToDynamodb, class: Class) {
    let Case { number, what, fates, attempts, .. } = case;
    let mut service = FaultyService::over(table).await;
    service.ready_for(step).await;
    let before = service.stored().await;
    let observed = service.send_with(step, call, fates).await;
    let after = service.stored().await;
    println!("{number} {what}: {step}, {call}: {observed}");
    observed.check_common_rules();
    assert!(class.fits(&observed), "{number} {what}: the answer to {step} must be {class:?}, but is {observed}");
    assert_eq!(observed.attempts.len(), *attempts, "{number} {what}: attempts of {step}");
    let is_write = WRITING.contains(&(step, call));
    let carried_out = is_write && fates.iter().take(*attempts).any(|fate| fate.carries_out());
    assert_eq!(
        observed.writes,
        usize::from(carried_out),
        "{number} {what}: {step} is written once if an attempt got through"
    );
    assert_eq!(before != after, carried_out, "{number} {what}: {step} changes the payment if it was written");
    let requests = service.wire.requests();
    // A list makes its second call after the first was answered.
    let before_it = usize::from(call == "BatchGetItem");
    let after_it = usize::from(call == "Query" && class == Class::Done);
    let expected = [vec!["Query"; before_it], vec![call; *attempts], vec!["BatchGetItem"; after_it]].concat();
    assert_eq!(requests, expected, "{number} {what}: {step} sends nothing else");
    let message = observed.answer.json()["message"].as_str().unwrap_or_default().to_owned();
    let says_so = class == Class::Unavailable && !is_write;
    assert_eq!(message.contains("nothing was changed"), says_so, "a read that failed for now says so: {observed}");

    let again = service.send(step, &[Pass]).await;
    assert_eq!(again.answer.status, 200, "{number} {what}: the repeat of {step} gets a definite answer: {again}");
    assert_eq!(again.is_replay(), carried_out, "{number} {what}: the repeat of {step} says who made the change");
    if class == Class::Done {
        assert_eq!(again.answer.body, observed.answer.body, "{number} {what}: a repeat has the first answer again");
    }
    if carried_out {
        assert_eq!(service.stored().await, after, "{number} {what}: nothing is written twice");
    }
}

/// Checks all promises for every request, with each of these faults.
async fn hold(cases: &[Case<'_>], class: Class) {
    let table = empty_table().await;
    let runs = cases.iter().flat_map(|case| case.calls.iter().map(|call| holds(&table, case, *call, class)));
    stream::iter(runs).buffer_unordered(24).collect::<()>().await;
}

const NO_JSON: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{]";
const EMPTY_408: &[u8] = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n";
const NAMED_IN_A_HEADER: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nx-amzn-errortype: RequestTimeoutException\r\ncontent-length: 2\r\n\r\n{}";
const DENIED: Fate = Refuse(Error(400, "AccessDeniedException"));
const UNREADABLE: Fate = Refuse(ConditionFailed(r#","Item":{"status":{"S":"APPROVED"}}"#));
const DOWN: Fault = Error(500, "InternalServerError");
const THROTTLED: Fault = Error(400, "ThrottlingException");
const LATER: Duration = Duration::from_millis(500);
const TOO_LATE: Duration = Duration::from_secs(2);
const A_SECOND: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_first_attempts_fail_makes_its_change_once() {
    let cases = [
        case("F1", "carried out, then 500", &[Lose(DOWN), Pass], 2),
        case("F1", "carried out, then 500, twice", &[Lose(DOWN), Lose(DOWN), Pass], 3),
        case("F2", "500", &[Refuse(DOWN), Pass], 2),
        case("F3", "carried out, then a reset", &[Lose(Reset), Pass], 2),
        case("F3", "a reset", &[Refuse(Reset), Pass], 2),
        case("F4", "carried out, then closed", &[Lose(Close), Pass], 2),
        case("F4", "closed", &[Refuse(Close), Pass], 2),
        case("F5", "carried out, then an answer cut off", &[Lose(Truncate), Pass], 2),
        case("F5", "an answer cut off", &[Refuse(Truncate), Pass], 2),
        case("F6", "carried out, then silence", &[Lose(Hang), Pass], 2),
        case("F6", "carried out, then silence, twice", &[Lose(Hang), Lose(Hang), Pass], 3),
        case("F6", "silence", &[Refuse(Hang), Pass], 2),
        case("F18", "throttled once", &[Refuse(THROTTLED), Pass], 2),
        case("F18", "throttled twice", &[Refuse(THROTTLED), Refuse(THROTTLED), Pass], 3),
        case("F18", "throttled after it was carried out", &[Lose(Close), Refuse(THROTTLED), Pass], 3),
        case("F20", "a hot key once", &[Refuse(Error(400, "ProvisionedThroughputExceededException")), Pass], 2),
        case_of_a_write(
            "F23",
            "a conflict of replicas",
            &[Refuse(Error(400, "ReplicatedWriteConflictException")), Pass],
            2,
        ),
        case("F33", "an answer after half a second", &[Delay(LATER)], 1),
        case("F33", "an answer after two seconds, once", &[Delay(TOO_LATE), Pass], 2),
        case("F34", "an answer in packets of one byte", &[Trickle(Duration::ZERO)], 1),
        case("F34", "an answer of one byte a second, once", &[Trickle(A_SECOND), Pass], 2),
    ];
    hold(&cases, Class::Done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_is_503_and_a_repeat_gets_a_definite_answer() {
    let cases = [
        case("F1", "carried out, then 500 forever", &[Lose(DOWN)], 3),
        case("F2", "500 forever", &[Refuse(DOWN)], 3),
        case("F3", "carried out, then a reset forever", &[Lose(Reset)], 3),
        case("F4", "carried out, then closed forever", &[Lose(Close)], 3),
        case("F5", "carried out, then cut off forever", &[Lose(Truncate)], 3),
        case("F7", "silence forever", &[Refuse(Hang)], 3),
        case("F7", "carried out, then silence forever", &[Lose(Hang)], 3),
        case("F19", "throttled forever", &[Refuse(THROTTLED)], 3),
        case("F20", "a hot key forever", &[Refuse(Error(400, "ProvisionedThroughputExceededException"))], 3),
        case("F21", "the limit of the account", &[Refuse(Error(400, "RequestLimitExceeded"))], 3),
        case_of_a_write(
            "F22",
            "a conflict with a transaction",
            &[Refuse(Error(400, "TransactionConflictException"))],
            1,
        ),
        case_of_a_write("F22", "a transaction under way", &[Refuse(Error(400, "TransactionInProgressException"))], 3),
        case_of_a_write(
            "F23",
            "a conflict of replicas forever",
            &[Refuse(Error(400, "ReplicatedWriteConflictException"))],
            3,
        ),
        case("F33", "every answer after two seconds", &[Delay(TOO_LATE)], 3),
        case("F34", "every answer one byte a second", &[Trickle(A_SECOND)], 3),
    ];
    hold(&cases, Class::Unavailable).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_says_nothing_about_the_write_is_503() {
    let cases = [
        case("F1", "502", &[Refuse(Error(502, "BadGateway"))], 3),
        case("F1", "503", &[Refuse(Error(503, "ServiceUnavailable"))], 3),
        case("F1", "504", &[Refuse(Error(504, "GatewayTimeout"))], 3),
        case("F1", "501", &[Refuse(Error(501, "NotImplemented"))], 1),
        case("F5", "not HTTP", &[Lose(Bytes(b"garbage\r\n\r\n"))], 1),
        case("F5", "an impossible status line", &[Lose(Bytes(b"HTTP/1.1 2000 OK\r\n\r\n"))], 1),
        case("F5", "a broken header", &[Lose(Bytes(b"HTTP/1.1 200 OK\r\n\x00: x\r\n\r\n"))], 1),
        case("F5", "a broken chunk", &[Lose(Bytes(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"))], 3),
        case("F5", "a success that is not JSON", &[Lose(Bytes(NO_JSON))], 1),
        case("F6", "408", &[Refuse(Error(408, "Unknown"))], 1),
        case("F6", "408 with an empty body", &[Refuse(Bytes(EMPTY_408))], 1),
        case("F6", "the name of the error in a header", &[Refuse(Bytes(NAMED_IN_A_HEADER))], 3),
        case("F6", "a request that came too slowly", &[Refuse(Error(400, "RequestTimeout"))], 3),
        case("F6", "the same by its other name", &[Refuse(Error(400, "RequestTimeoutException"))], 3),
        case("F19", "429", &[Refuse(Error(429, "Unknown"))], 1),
    ];
    hold(&cases, Class::Unavailable).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_that_retrying_cannot_fix_is_500_at_once_and_writes_nothing() {
    let cases = [
        case("F24", "no permission", &[DENIED], 1),
        case("F24", "unknown credentials", &[Refuse(Error(400, "UnrecognizedClientException"))], 1),
        case("F24", "expired credentials", &[Refuse(Error(400, "ExpiredTokenException"))], 1),
        case("F24", "credentials of no account", &[Refuse(Error(403, "InvalidClientTokenId"))], 1),
        case("F25", "a request that is not valid", &[Refuse(Error(400, "ValidationException"))], 1),
        case("F35", "a signature of another time", &[Refuse(Error(400, "InvalidSignatureException"))], 1),
        case("F46", "throttled, then no permission", &[Refuse(THROTTLED), DENIED], 2),
    ];
    hold(&cases, Class::Broken).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_is_503_even_if_the_last_attempt_fails_for_good() {
    let cases = [
        case("F46", "carried out and lost, then no permission", &[Lose(Close), DENIED], 2),
        case("F46", "carried out and lost, then an item that cannot be read", &[Lose(Hang), UNREADABLE], 2),
        case("F46", "500, then no permission", &[Refuse(DOWN), DENIED], 2),
        case("F46", "500, then an item that cannot be read", &[Refuse(DOWN), UNREADABLE], 2),
    ];
    hold(&cases, Class::Unavailable).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_refusal_is_503_while_an_earlier_attempt_may_still_be_carried_out() {
    for fault in [Close, Reset, Truncate, Hang, DOWN] {
        let mut service = FaultyService::start().await;
        assert!(service.send("create", &[Pass]).await.is_done());

        // The first attempt of a cancel is still on its way when the second one finds a payment that is not approved.
        let mut observed = service.send("cancel", &[Refuse(fault), Pass]).await;
        assert!(observed.is_unavailable(), "{fault:?}: {observed}");

        // NOT_APPROVED would be wrong now.
        assert!(service.send("confirm", &[Pass]).await.is_done());
        let first = observed.attempts.swap_remove(0);
        assert_eq!(first.carry_out().await, 200, "DynamoDB carries the first attempt out after all");
        assert!(service.send("cancel", &[Pass]).await.is_replay());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_condition_that_cannot_be_read_is_500() {
    let cases = [
        case_of_a_write("F27", "an item with next to nothing", &[UNREADABLE], 1),
        case_of_a_write("F27", "an empty item", &[Refuse(ConditionFailed(r#","Item":{}"#))], 1),
        case_of_a_write("F27", "an item that is text", &[Refuse(ConditionFailed(r#","Item":"text""#))], 1),
        case_of_a_write("F27", "an item that is a list", &[Refuse(ConditionFailed(r#","Item":[]"#))], 1),
        case_of_a_write(
            "F27",
            "an attribute that is text",
            &[Refuse(ConditionFailed(r#","Item":{"status":"APPROVED"}"#))],
            1,
        ),
        case_of_a_write("F27", "an attribute of no type", &[Refuse(ConditionFailed(r#","Item":{"status":{}}"#))], 1),
        case_of_a_write(
            "F27",
            "an attribute of a new type",
            &[Refuse(ConditionFailed(r#","Item":{"status":{"X":"1"}}"#))],
            1,
        ),
        case_of_a_write(
            "F27",
            "an attribute of two types",
            &[Refuse(ConditionFailed(r#","Item":{"amount":{"S":"1","N":"1"}}"#))],
            1,
        ),
        case_of_a_write("F27", "an item that breaks off", &[Refuse(ConditionFailed(r#","Item":{"status":"#))], 1),
    ];
    hold(&cases, Class::Broken).await;

    // For a confirm and a cancel, no item means an unknown payment. For a create, it makes no sense.
    let table = empty_table().await;
    let without = case("F26", "a failed condition without an item", &[Refuse(ConditionFailed(""))], 1);
    holds(&table, &without, WRITING[0], Class::Broken).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f27_a_read_of_an_item_that_cannot_be_read_is_500_each_time() {
    let mut service = FaultyService::start().await;
    service.ready_for("list").await;
    let mut damaged = service.stored().await.expect("the payment");
    damaged.remove("canceledAt");
    service.table.put(damaged.clone()).await;
    let reads = [("retrieve", "GetItem"), ("list", "BatchGetItem")];
    for (read, call) in reads.into_iter().chain(reads) {
        let observed = service.send_with(read, call, &[Pass]).await;
        assert!(observed.is_broken() && observed.attempts.len() == 1, "{observed}");
        let after_an_attempt_without_an_answer = service.send_with(read, call, &[Lose(Close), Pass]).await;
        assert!(after_an_attempt_without_an_answer.is_broken(), "the item was read: {observed}");
    }
    assert_eq!(service.stored().await, Some(damaged), "it stays as it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_does_not_make_a_client_wait() {
    let table = empty_table().await;
    for step in OPERATIONS {
        for _ in 0..3 {
            let mut service = FaultyService::over(&table).await;
            service.ready_for(step).await;
            let observed = service.send(step, &[Refuse(THROTTLED)]).await;
            assert!(observed.is_unavailable(), "{observed}");
            assert!(observed.took < LIMITS.backoff * 20, "the waits between attempts are short: {observed}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_wait_that_dynamodb_asks_for_ends_in_time() {
    const WAIT: &[u8] = b"HTTP/1.1 500 Error\r\nx-amz-retry-after: 60000\r\ncontent-length: 2\r\n\r\n{}";
    let cases = [case("F33", "DynamoDB asks for a wait of a minute", &[Lose(Bytes(WAIT))], 1)];
    hold(&cases, Class::Unavailable).await;
}
