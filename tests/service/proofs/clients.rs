//! Clients of the running service, several for each payment, over a faulty wire to DynamoDB. One order of its requests must
//! explain each payment's history.
//!
//! There are two kinds of runs. Under a schedule, one step is taken at a time: a client asks, a call goes on or breaks, a
//! client gives up, a late write is carried out. The seed decides on each step, so the same seed gives the same history.
//! In a race, all clients go ahead as fast as they can, and the seed decides only on what they ask and which calls break.

use crate::seen::{Kind, Seen};
use crate::service::{HeldService, stored};
use aws_sdk_dynamodb::types::AttributeValue;
use fastrand::Rng;
use futures_util::StreamExt;
use futures_util::future::join_all;
use payments_model::{Ask, Definite, History, Operation};
use payments_test_table::{Fate, Fault, Held, Late};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Requests for one payment, without those that repeat an unknown outcome.
const REQUESTS: usize = 14;
/// Clients of one payment.
const CLIENTS: usize = 4;
/// Payments at a time. With more of them, calls would be held for so long that the service retries.
const AT_A_TIME: usize = 8;
/// Steps after which a call is held no longer, for the same reason.
const HELD_FOR: usize = 8;
/// Attempts of the service to reach DynamoDB.
const ATTEMPTS: u32 = payments_store::LIMITS.attempts;
/// No step takes longer, unless the service hangs.
const PATIENCE: Duration = Duration::from_secs(30);

const THROTTLED: Fate = Fate::Refuse(Fault::Error(400, "ThrottlingException"));
/// The SDK does not try again after this.
const DENIED: Fate = Fate::Refuse(Fault::Error(400, "AccessDeniedException"));

/// Draws a request. Most ask for the next step in a payment's life.
fn ask(rng: &mut Rng) -> Ask {
    match rng.u8(0..23) {
        0..=4 => Ask::Create { order: "order_1", amount: 10_000 },
        5 => Ask::Create { order: "order_2", amount: 9_999 },
        6..=11 => Ask::Confirm { order: "order_1", amount: 10_000 },
        12 => Ask::Confirm { order: "order_1", amount: 9_999 },
        13 => Ask::Confirm { order: "order_2", amount: 9_999 },
        14..=18 => Ask::Cancel { amount: 10_000 },
        19 => Ask::Cancel { amount: 9_999 },
        _ => Ask::Retrieve,
    }
}

/// The fate of a call.
#[derive(Debug, Clone, Copy)]
enum Lot {
    Fate(Fate),
    /// The service gets no answer, and DynamoDB may carry out a write later.
    Late(Fault),
}

/// Draws the fate of a call under a schedule.
fn lot(rng: &mut Rng) -> Lot {
    let faults = [Fault::Error(500, "InternalServerError"), Fault::Close, Fault::Reset, Fault::Truncate];
    let fault = faults[rng.usize(..faults.len())];
    lot_with(fault, rng)
}

/// Draws the fate of a call in a race.
fn lot_of_a_race(rng: &mut Rng) -> Lot {
    if rng.u8(0..40) == 0 { lot_with(Fault::Hang, rng) } else { lot(rng) }
}

fn lot_with(fault: Fault, rng: &mut Rng) -> Lot {
    match rng.u8(0..20) {
        0..=9 => Lot::Fate(Fate::Pass),
        10..=13 => Lot::Fate(Fate::Lose(fault)),
        14..=15 => Lot::Fate(Fate::Refuse(fault)),
        16..=17 => Lot::Fate(THROTTLED),
        18 => Lot::Fate(DENIED),
        _ => Lot::Late(fault),
    }
}

/// The requests for one payment, and their results.
struct Life {
    service: Arc<HeldService>,
    key: String,
    rng: Rng,
    calls: mpsc::UnboundedReceiver<Held>,
    history: History,
    /// The id of each request that was answered.
    ids: HashMap<usize, String>,
    late: Vec<Late>,
    seen: Seen,
    /// What was done, step by step.
    trace: Vec<String>,
}

/// A request whose call to DynamoDB is held.
struct PendingCall {
    request: usize,
    /// Brings the answer, unless the client has given up.
    answer: Option<JoinHandle<(Option<Definite>, String)>>,
    held: Held,
    /// How many calls have gone on since this one was held.
    age: usize,
    /// Whether DynamoDB has made its write, and the answer was lost.
    made: bool,
    /// Whether another request has changed the payment since.
    overtaken: bool,
}

impl Life {
    fn new(service: &Arc<HeldService>, seed: u64, number: usize) -> Self {
        let key = format!("payment_{number}");
        Self {
            service: Arc::clone(service),
            calls: service.calls_of(&key),
            key,
            rng: Rng::with_seed(seed ^ (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            history: History::default(),
            ids: HashMap::new(),
            late: Vec::new(),
            seen: Seen::default(),
            trace: Vec::new(),
        }
    }

    /// Lives by a schedule: one step at a time, each drawn from those that are possible.
    async fn by_schedule(mut self) -> Self {
        let mut calls: Vec<PendingCall> = Vec::new();
        let mut asked = 0;
        while asked < REQUESTS || !calls.is_empty() {
            let waiting = calls.iter().filter(|call| call.answer.is_some()).count();
            let may_ask = asked < REQUESTS && waiting < CLIENTS;
            // One step in 16 lets a client give up, and two in 16 carry out a late write.
            match self.rng.u8(0..16) {
                0 if waiting > 0 => self.give_up(&mut calls),
                1..=2 if !self.late.is_empty() => self.carry_out_late(&mut calls).await,
                _ if may_ask && (calls.is_empty() || self.rng.bool()) => {
                    let ask = ask(&mut self.rng);
                    let call = self.call(ask, &mut calls).await;
                    calls.push(call);
                    asked += 1;
                }
                _ if !calls.is_empty() => self.release(&mut calls).await,
                _ => {}
            }
        }
        while !self.late.is_empty() {
            if self.rng.bool() {
                self.carry_out_late(&mut calls).await;
            } else {
                self.late.pop();
            }
        }
        self
    }

    async fn call(&mut self, ask: Ask, others: &mut [PendingCall]) -> PendingCall {
        let request = self.history.call(ask);
        self.trace.push(format!("{request} asks {ask:?}"));
        let (service, key) = (Arc::clone(&self.service), self.key.clone());
        let answer = tokio::spawn(async move { service.send(&key, ask).await });
        let held = self.next_call(others).await;
        assert_eq!(held.attempt, 1, "{}: a request must be one call of the SDK", self.story());
        PendingCall { request, answer: Some(answer), held, age: 0, made: false, overtaken: false }
    }

    fn give_up(&mut self, calls: &mut [PendingCall]) {
        let mut waiting: Vec<_> = calls.iter_mut().filter(|call| call.answer.is_some()).collect();
        let number = self.rng.usize(..waiting.len());
        let call = &mut waiting[number];
        self.trace.push(format!("{} gives up", call.request));
        call.answer.take().expect("it waits").abort();
    }

    /// Lets one of the held calls go on, or breaks it, and waits for the next step of the service.
    async fn release(&mut self, calls: &mut Vec<PendingCall>) {
        let old = calls.iter().position(|call| call.age >= HELD_FOR);
        let mut call = calls.remove(old.unwrap_or_else(|| self.rng.usize(..calls.len())));
        calls.iter_mut().for_each(|other| other.age += 1);
        let lot = lot(&mut self.rng);
        let (attempt, id, is_write) = (call.held.attempt, call.held.call.clone(), call.held.is_write());
        let fate = self.fate(lot, &call.held);
        let carried_out = call.held.release(fate).await;
        self.trace.push(format!("{}, attempt {attempt}: {lot:?}, DynamoDB: {carried_out:?}", call.request));
        if carried_out == Some(200) && is_write {
            calls.iter_mut().for_each(|other| other.overtaken = other.made);
            call.made |= fate != Fate::Pass;
        }
        if ![Fate::Pass, DENIED].contains(&fate) && attempt < ATTEMPTS {
            let held = self.next_call(calls).await;
            assert_eq!((&held.call, held.attempt), (&id, attempt + 1), "{}: the SDK must try again", self.story());
            calls.push(PendingCall { held, age: 0, ..call });
            return;
        }
        if let Some(answer) = call.answer {
            let (answer, id) = timeout(PATIENCE, answer).await.expect("an answer in time").expect("an answer");
            if call.made && matches!(answer, Some(Definite::Done { replayed: false, .. })) {
                self.seen.own_work += 1;
                self.seen.overtaken += usize::from(call.overtaken);
            }
            self.answered(call.request, answer, id);
        }
    }

    async fn carry_out_late(&mut self, calls: &mut [PendingCall]) {
        let late = self.late.swap_remove(self.rng.usize(..self.late.len()));
        let made = late.carry_out().await == 200;
        self.trace.push(format!("a late write is carried out, made: {made}"));
        if made {
            calls.iter_mut().for_each(|call| call.overtaken = call.made);
            self.seen.late += 1;
        }
    }

    fn fate(&mut self, lot: Lot, held: &Held) -> Fate {
        match lot {
            Lot::Fate(fate) => {
                self.seen.throttled += usize::from(fate == THROTTLED);
                self.seen.denied += usize::from(fate == DENIED);
                fate
            }
            Lot::Late(fault) => {
                self.later(held);
                Fate::Refuse(fault)
            }
        }
    }

    /// Keeps a write for later. A read that comes late has no effect.
    fn later(&mut self, held: &Held) {
        if held.is_write() {
            self.late.push(held.later());
        }
    }

    /// The next held call of a new request.
    async fn next_call(&mut self, others: &mut [PendingCall]) -> Held {
        loop {
            let call = timeout(PATIENCE, self.calls.recv()).await.ok().flatten();
            let call = call.unwrap_or_else(|| panic!("{}: the service must call DynamoDB", self.story()));
            let Some(other) = others.iter_mut().find(|other| other.held.call == call.call) else { return call };
            // On a host that stands still for a second, an attempt times out while it is held.
            self.trace.push(format!("{}, attempt {}: timed out", other.request, other.held.attempt));
            self.later(&other.held);
            tokio::spawn(std::mem::replace(&mut other.held, call).release(Fate::Refuse(Fault::Close)));
        }
    }

    fn answered(&mut self, request: usize, answer: Option<Definite>, id: String) {
        self.ids.insert(request, id);
        let text = match &answer {
            None => "nothing definite".to_owned(),
            Some(Definite::Refused(code)) => (*code).to_owned(),
            Some(Definite::Failed) => "that it failed".to_owned(),
            Some(Definite::Done { replayed, .. }) => format!("200, replayed: {replayed}"),
            Some(Definite::Read(payment)) => format!("200, {}", payment.status),
        };
        self.trace.push(format!("{request} gets {text}"));
        if let Some(answer) = answer {
            self.history.answer(request, answer);
        }
    }

    /// Lives in a race: all clients at once, as fast as they can.
    async fn in_a_race(mut self) -> Self {
        let history = Arc::new(Mutex::new(std::mem::take(&mut self.history)));
        let ids = Arc::new(Mutex::new(std::mem::take(&mut self.ids)));
        let clients = (0..CLIENTS).map(|_| {
            let asks: Vec<_> = (0..REQUESTS.div_ceil(CLIENTS)).map(|_| ask(&mut self.rng)).collect();
            let (service, key) = (Arc::clone(&self.service), self.key.clone());
            let (history, ids) = (Arc::clone(&history), Arc::clone(&ids));
            let mut rng = self.rng.fork();
            tokio::spawn(async move {
                for ask in asks {
                    let request = history.lock().unwrap().call(ask);
                    let patience = if rng.u8(0..16) == 0 { Duration::from_millis(rng.u64(1..20)) } else { PATIENCE };
                    let Ok((answer, id)) = timeout(patience, service.send(&key, ask)).await else { continue };
                    ids.lock().unwrap().insert(request, id);
                    if let Some(answer) = answer {
                        history.lock().unwrap().answer(request, answer);
                    }
                }
            })
        });
        let mut clients = join_all(clients.collect::<Vec<_>>());
        loop {
            tokio::select! {
                Some(held) = self.calls.recv() => {
                    let lot = lot_of_a_race(&mut self.rng);
                    let fate = self.fate(lot, &held);
                    self.seen.hung += usize::from(matches!(fate, Fate::Lose(Fault::Hang) | Fate::Refuse(Fault::Hang)));
                    tokio::spawn(held.release(fate));
                    if self.rng.u8(0..4) == 0 && let Some(late) = self.late.pop() {
                        self.seen.late += usize::from(late.carry_out().await == 200);
                    }
                }
                ended = &mut clients => {
                    ended.into_iter().for_each(|client| client.expect("a client that ends"));
                    break;
                }
            }
        }
        self.history = history.lock().unwrap().clone();
        self.ids = ids.lock().unwrap().clone();
        self
    }

    /// Repeats all requests with an unknown outcome, over a wire without faults, and checks the history against the table.
    async fn settle(mut self) -> (Seen, Vec<String>) {
        let unknown = |operation: &&Operation| operation.answer.is_none();
        let again: Vec<_> = self.history.operations().iter().filter(unknown).map(|operation| operation.ask).collect();
        for ask in &again {
            let request = self.history.call(*ask);
            self.trace.push(format!("{request} asks again {ask:?}"));
            let (service, key, ask) = (Arc::clone(&self.service), self.key.clone(), *ask);
            let mut answer = tokio::spawn(async move { service.send(&key, ask).await });
            let (answer, id) = loop {
                tokio::select! {
                    answer = &mut answer => break answer.expect("an answer"),
                    Some(held) = self.calls.recv() => drop(tokio::spawn(held.release(Fate::Pass))),
                }
            };
            assert_ne!(answer, None, "{}: a repeat must get a definite answer", self.story());
            self.answered(request, answer, id);
        }
        let item = self.service.table.get(&self.key).await;
        let payment = item.as_ref().map(stored);
        assert!(
            self.history.is_explained(payment.as_ref()),
            "{}: no order of the requests explains the answers and {payment:?}",
            self.story()
        );
        for (request, operation) in self.history.operations().iter().enumerate() {
            let (Some(answer), Some(id)) = (&operation.answer, self.ids.get(&request)) else { continue };
            let by = match operation.ask {
                Ask::Create { .. } => "createdBy",
                Ask::Confirm { .. } => "approvedBy",
                Ask::Cancel { .. } => "canceledBy",
                Ask::Retrieve => continue,
            };
            let did = item.as_ref().and_then(|item| item.get(by)) == Some(&AttributeValue::S(id.clone()));
            let says_so = matches!(answer, Definite::Done { replayed: false, .. });
            assert_eq!(
                says_so,
                did,
                "{}: {request} must be answered as the one that made the change exactly if it made it",
                self.story()
            );
        }
        self.count(again.len());
        (self.seen, self.trace)
    }

    fn count(&mut self, unknown: usize) {
        self.seen.requests += self.history.operations().len();
        self.seen.unknown += unknown;
        for answer in self.history.operations().iter().filter_map(|operation| operation.answer.as_ref()) {
            match answer {
                Definite::Done { replayed, .. } => self.seen.replays += usize::from(*replayed),
                Definite::Read(_) => self.seen.reads += 1,
                Definite::Failed => self.seen.failed += 1,
                Definite::Refused(code) => {
                    self.seen.refusals += 1;
                    self.seen.mismatches += usize::from(code.ends_with("MISMATCH"));
                }
            }
        }
    }

    /// The steps so far, for the message of a failure.
    fn story(&self) -> String {
        format!("{}\n  {}\n{:#?}\n", self.key, self.trace.join("\n  "), self.history.operations())
    }
}

/// Has clients send at least this many requests, and checks every payment's history. Returns the steps of each payment.
async fn run(kind: Kind, seed: u64, requests: usize) -> Vec<Vec<String>> {
    println!("HISTORIES_SEED={seed} repeats this run");
    let service = Arc::new(HeldService::start().await);
    let lives = (0..requests.div_ceil(REQUESTS)).map(|number| {
        let life = Life::new(&service, seed, number);
        tokio::spawn(async move {
            match kind {
                Kind::Schedule => life.by_schedule().await,
                Kind::Race => life.in_a_race().await,
            }
            .settle()
            .await
        })
    });
    let ended: Vec<_> = futures_util::stream::iter(lives).buffered(AT_A_TIME).collect().await;
    let mut seen = Seen::default();
    let mut traces = Vec::new();
    for life in ended {
        let (of_one, trace) = life.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        seen += of_one;
        traces.push(trace);
    }
    println!("{kind:?}: {} payments, {seen:?}", traces.len());
    seen.proves_something(kind, requests);
    traces
}

/// The seed of a run: that of `HISTORIES_SEED`, if it is there.
fn seed(otherwise: u64) -> u64 {
    std::env::var("HISTORIES_SEED").map_or(otherwise, |seed| seed.parse().expect("a number in HISTORIES_SEED"))
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_under_a_schedule_of_faults_are_explained() {
    run(Kind::Schedule, seed(1), 2_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_in_a_race_are_explained() {
    run(Kind::Race, seed(1), 2_000).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes minutes; docs/reliability.md has the command"]
async fn answers_to_a_hundred_thousand_requests_are_explained() {
    let seed = seed(fastrand::u64(..));
    run(Kind::Schedule, seed, 50_000).await;
    run(Kind::Race, seed, 50_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_the_same_histories() {
    let (one, other) = (run(Kind::Schedule, 8, 300).await, run(Kind::Schedule, 8, 300).await);
    assert_eq!(one, other);
}
