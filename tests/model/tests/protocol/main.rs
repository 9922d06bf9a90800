//! The protocol, explored exhaustively: every order in which requests, writes, lost answers, retries and crashes can happen,
//! within bounds. The domain decides what a request writes and how it is answered.
//!
//! One payment is enough, because a request touches no other. Clients are interchangeable, so a state does not distinguish them: it
//! has the requests that a client still waits for. A client that stopped waiting may send the same request again, which is also what
//! a network that duplicates requests does, and a client that repeats itself.
//!
//! A function sends an attempt to DynamoDB. Then one of these happens: DynamoDB carries it out and the function gets the
//! answer; DynamoDB carries it out and the answer is lost; DynamoDB refuses it by throttling; the function gets a 500, or
//! stops waiting, and DynamoDB carries the attempt out later or never. After all but the first, the function tries again,
//! until it has made its attempts and answers 503. DynamoDB can also refuse an attempt for good, for instance because the
//! function has lost its permission. Then the function answers 500, or 503 if an earlier attempt is in doubt.
//!
//! Four things keep the number of states small, and leave nothing out:
//! - A client that stops waiting and a function that crashes are one action. In both, no client gets an answer any more, and
//!   DynamoDB may still carry out the write.
//! - Several such writes of one request count as one. The first that is made keeps the others from being made, and one that
//!   is not made leaves no trace.
//! - A read that no function waits for any more has no effect, so it is not carried out late and not delivered again.
//! - An answer reaches its client at once. Later would prove less: the sooner an answer is there, the fewer requests may be
//!   explained as concurrent.

mod answers;
mod promises;
mod world;

use mimalloc::MiMalloc;
use payments_domain::Command;
use payments_model::{Ask, cancel, confirm, create};
use stateright::{Checker, Expectation, HasDiscoveries, Model};
use world::{Broken, Protocol};

/// The states of an exploration are many small allocations, which one thread makes and another frees. The system's allocator
/// takes more than twice as long.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The payment.
const KEY: &str = "pay_1";

const CREATE: Ask = Ask::Create { order: "order_1", amount: 10 };
const CREATE_OTHER: Ask = Ask::Create { order: "order_2", amount: 9 };
const CONFIRM: Ask = Ask::Confirm { order: "order_1", amount: 10 };
const CONFIRM_OTHER: Ask = Ask::Confirm { order: "order_1", amount: 9 };
const CANCEL: Ask = Ask::Cancel { amount: 10 };
const CANCEL_OTHER: Ask = Ask::Cancel { amount: 9 };
const RETRIEVE: Ask = Ask::Retrieve;

/// Every request, and commands that a payment refuses in every state.
const EVERY_ASK: &[Ask] = &[CREATE, CREATE_OTHER, CONFIRM, CONFIRM_OTHER, CANCEL, CANCEL_OTHER, RETRIEVE];

/// The smallest bounds that reach every kind of fault and every state.
const SMALL: Protocol =
    Protocol { starts: &[0, 2], asks: EVERY_ASK, requests: 3, clients: 2, attempts: 2, broken: None };

/// Explores everything that can happen, until it finds a broken promise.
fn explore(protocol: Protocol) -> impl Checker<Protocol> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    protocol.checker().threads(threads).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join()
}

/// Checks that every promise is kept in everything that can happen, and that every kind of fault happens.
fn is_kept(protocol: Protocol, states: usize) {
    let checker = explore(protocol);
    checker.assert_properties();
    let explored = checker.unique_state_count();
    println!("{explored} states, {} actions deep at most", checker.max_depth());
    assert!(explored >= states, "{explored} states were explored, not {states}: something was left out");
}

#[test]
fn the_protocol_keeps_every_promise_in_a_million_states() {
    is_kept(SMALL, 1_000_000);
}

#[test]
#[ignore = "it takes minutes; docs/reliability.md has the command"]
fn the_protocol_keeps_every_promise_with_more_clients_attempts_and_starts() {
    is_kept(Protocol { starts: &[0, 1, 2, 3], clients: 3, attempts: 3, ..SMALL }, 10_000_000);
}

/// Looks for a promise that a mistake breaks.
fn is_found(broken: Broken) {
    let checker = explore(Protocol { broken: Some(broken), ..SMALL });
    let promises =
        checker.model().properties().into_iter().filter(|promise| promise.expectation == Expectation::Always);
    let mut broken_promises = promises.filter_map(|promise| checker.discovery(promise.name));
    assert!(broken_promises.next().is_some(), "{broken:?} must break a promise");
}

#[test]
fn without_any_one_of_its_guards_the_protocol_breaks_a_promise() {
    let commands = [
        ("create", create(KEY, "order_1", 10).requirements()),
        ("confirm", confirm(KEY, "order_1", 10).requirements()),
        ("cancel", cancel(KEY, 10).requirements()),
    ];
    for (of, requirements) in commands {
        assert!(!requirements.is_empty(), "{of} requires something");
        for number in 0..requirements.len() {
            is_found(Broken::Guard { of, number });
        }
    }
}

#[test]
fn a_request_that_does_not_recognise_its_own_write_breaks_a_promise() {
    is_found(Broken::OwnWork);
}

#[test]
fn a_request_that_answers_for_its_own_write_with_its_clock_breaks_a_promise() {
    is_found(Broken::OwnTime);
}

#[test]
fn a_read_that_does_not_see_the_last_write_breaks_a_promise() {
    is_found(Broken::StaleRead);
}

#[test]
fn a_request_that_forgets_an_attempt_without_an_answer_breaks_a_promise() {
    is_found(Broken::Doubt);
}

#[test]
fn a_request_that_forgets_an_attempt_in_doubt_when_the_last_one_is_refused_breaks_a_promise() {
    is_found(Broken::Refusal);
}
