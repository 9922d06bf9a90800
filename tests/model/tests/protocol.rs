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
//! Three things keep the number of states small, and leave nothing out:
//! - A client that stops waiting and a function that crashes are one action. In both, no client gets an answer any more, and
//!   DynamoDB may still carry out the write.
//! - Several such writes of one request count as one. The first that is made keeps the others from being made, and one that
//!   is not made leaves no trace.
//! - An answer reaches its client at once. Later would prove less: the sooner an answer is there, the fewer requests may be
//!   explained as concurrent.

use mimalloc::MiMalloc;
use payments_domain::{
    Approved, Canceled, Change, Command, Created, Decision, Payment, PaymentKey, Requirement, Stamp, State, Status,
    Undecided,
};
use payments_model::{
    Ask, Attempt, Definite, History, KnownPayment, StoreFailure, Stored, What, cancel, code, confirm, create, stamp_at,
};
use stateright::{Checker, Expectation, HasDiscoveries, Model, Property};

/// The states of an exploration are many small allocations, which one thread makes and another frees. The system's allocator
/// takes more than twice as long.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The bounds of an exploration, and its deliberate mistake.
#[derive(Debug, Clone)]
struct Protocol {
    asks: &'static [Ask],
    /// The state of the payment at the start: 0 for nothing, 1 for created, 2 for approved, 3 for canceled.
    starts: &'static [usize],
    /// Requests from then on.
    requests: usize,
    /// Requests that are waited for at a time.
    clients: usize,
    /// Attempts of a function to reach DynamoDB.
    attempts: u8,
    broken: Option<Broken>,
}

/// A mistake that the check must find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Broken {
    /// A command lacks one of its requirements.
    Guard { of: &'static str, number: usize },
    /// A request does not recognise its own write.
    OwnWork,
    /// A request treats an attempt without an answer as one that was not carried out.
    Doubt,
    /// A request whose last attempt is refused for good answers 500, even if an earlier attempt is in doubt.
    Refusal,
    /// A request that recognises its own write answers with the time of its clock, and not with the stored time.
    OwnTime,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct World {
    stored: Stored,
    history: History,
    requests: Vec<InFlight>,
    /// The requests whose writes were made, in order.
    made: Vec<usize>,
    /// How many requests may still be sent.
    left: usize,
}

/// The state of a request behind the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct InFlight {
    /// The attempt that its function makes. `None` when no client waits for an answer any more.
    attempt: Option<u8>,
    /// Whether an attempt of its function is in doubt.
    in_doubt: bool,
    /// Whether there is an attempt that no function waits for, and that DynamoDB may still carry out.
    late: bool,
    /// Whether Lambda has delivered the same invocation twice.
    redelivered: bool,
    /// The status in which it found the payment when it was answered, if it had changed the payment itself before.
    met_own_work: Option<Status>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Action {
    /// A client sends a request, and its function the first attempt.
    Ask(Ask),
    /// DynamoDB carries the attempt out, and the function gets the answer.
    Answer(usize),
    /// DynamoDB carries the attempt out, and the answer is lost.
    LoseAnswer(usize),
    /// DynamoDB refuses the attempt by throttling.
    Throttle(usize),
    /// DynamoDB refuses the attempt for a reason that repeating cannot fix. An invocation that is delivered again is left out: its
    /// function cannot know of the first delivery. API Gateway's invocations are never delivered again.
    Refuse(usize),
    /// The function does not wait for an attempt that is still on its way.
    Delay(usize),
    /// The client stops waiting, or the function crashes. Its attempt is still on its way.
    Part(usize),
    /// DynamoDB carries out an attempt that no function waits for.
    CarryOutLate(usize),
    /// DynamoDB carries the attempt out, the function ends, and Lambda delivers the same invocation again, some time later. The second
    /// delivery knows nothing of attempts that are still on their way, so there are none.
    Redeliver(usize),
}

impl Model for Protocol {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        let life = [CREATE, CONFIRM, CANCEL];
        let starts = self.starts.iter().map(|steps| {
            let nothing = World {
                stored: Stored::Nothing,
                history: History::default(),
                requests: Vec::new(),
                made: Vec::new(),
                left: steps + self.requests,
            };
            life[..*steps].iter().fold(nothing, |world, ask| {
                let number = world.requests.len();
                let asked = self.next_state(&world, Action::Ask(*ask)).unwrap();
                self.next_state(&asked, Action::Answer(number)).unwrap()
            })
        });
        starts.collect()
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        let awaited = world.requests.iter().filter(|request| request.attempt.is_some()).count();
        if world.left > 0 && awaited < self.clients {
            actions.extend(self.asks.iter().copied().map(Action::Ask));
        }
        for (number, request) in world.requests.iter().enumerate() {
            if request.attempt.is_some() {
                let kinds = [Action::Answer, Action::LoseAnswer, Action::Throttle, Action::Delay, Action::Part];
                actions.extend(kinds.map(|kind| kind(number)));
                if !request.redelivered {
                    actions.push(Action::Refuse(number));
                }
                if !request.redelivered && !request.late {
                    actions.push(Action::Redeliver(number));
                }
            }
            if request.late {
                actions.push(Action::CarryOutLate(number));
            }
        }
    }

    fn next_state(&self, last: &World, action: Action) -> Option<World> {
        let mut world = last.clone();
        match action {
            Action::Ask(ask) => {
                world.left -= 1;
                world.history.call(ask);
                world.requests.push(InFlight {
                    attempt: Some(1),
                    in_doubt: false,
                    late: false,
                    redelivered: false,
                    met_own_work: None,
                });
            }
            Action::Answer(number) => {
                if world.made.contains(&number) {
                    world.requests[number].met_own_work = last.stored.payment().map(Payment::status);
                }
                // After a 503, the client does not know the outcome.
                if let Some(answer) = self.carry_out(&mut world, number) {
                    world.history.answer(number, answer);
                }
                world.requests[number].attempt = None;
            }
            Action::LoseAnswer(number) => {
                self.carry_out(&mut world, number);
                world.requests[number].in_doubt = true;
                self.try_again(&mut world.requests[number]);
            }
            Action::Throttle(number) => self.try_again(&mut world.requests[number]),
            Action::Refuse(number) => {
                if let Some(answer) = self.attempt(Attempt::Refused, &mut world, number) {
                    world.history.answer(number, answer);
                }
                world.requests[number].attempt = None;
            }
            Action::Delay(number) => {
                let request = &mut world.requests[number];
                (request.late, request.in_doubt) = (true, true);
                self.try_again(request);
            }
            Action::Part(number) => {
                let request = &mut world.requests[number];
                (request.late, request.attempt) = (true, None);
            }
            Action::CarryOutLate(number) => {
                world.requests[number].late = false;
                self.carry_out(&mut world, number);
            }
            Action::Redeliver(number) => {
                self.carry_out(&mut world, number);
                let request = &mut world.requests[number];
                (request.attempt, request.redelivered, request.in_doubt) = (Some(1), true, false);
            }
        }
        world.requests.iter_mut().for_each(InFlight::forget);
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(
                "a payment is created, approved and canceled once at most, in this order",
                |_, world: &World| {
                    let order = world.made.iter().map(|request| world.ask(*request).operation());
                    order.eq(["create", "confirm", "cancel"].into_iter().take(world.made.len()))
                },
            ),
            Property::always(
                "one order of the requests explains every answer and what is stored",
                |_, world: &World| match &world.stored {
                    Stored::Nothing => world.history.is_explained(None),
                    Stored::Payment(payment) => world.history.is_explained(Some(&as_promised(payment))),
                    Stored::Unreadable => false,
                },
            ),
            Property::always(
                "a request is answered as the one that made the change exactly if it made it",
                |_, world: &World| {
                    world.history.operations().iter().enumerate().all(|(request, operation)| match &operation.answer {
                        Some(answer) => {
                            matches!(answer, Definite::Done { replayed: false, .. }) == world.made.contains(&request)
                        }
                        None => true,
                    })
                },
            ),
            Property::always(
                "the stored payment has the changes of the requests that made one, and no others",
                |_, world: &World| match &world.stored {
                    Stored::Nothing => world.made.is_empty(),
                    Stored::Payment(payment) => world.is_made_of(payment),
                    Stored::Unreadable => false,
                },
            ),
            Property::always(
                "a repeat after an unknown outcome gets a definite answer",
                |protocol: &Self, world: &World| {
                    world
                        .history
                        .operations()
                        .iter()
                        .enumerate()
                        .filter(|(_, operation)| operation.answer.is_none())
                        .all(|(request, operation)| {
                            let (answer, _) = protocol.execute(
                                Attempt::CarriedOut,
                                &mut world.stored.clone(),
                                operation.ask,
                                &stamp(99, false),
                                false,
                            );
                            match answer {
                                Some(Definite::Done { replayed, .. }) => replayed || !world.made.contains(&request),
                                // Only a cancel can follow the change of a confirm, and prevent its replay.
                                Some(Definite::Refused(code)) => {
                                    code == "ALREADY_CANCELED" || !world.made.contains(&request)
                                }
                                Some(Definite::Failed) | None => false,
                            }
                        })
                },
            ),
            Property::sometimes("a replay", |_, world: &World| {
                world.was_answered(|answer| {
                    matches!(answer, Definite::Done { what: What::Approved { .. }, replayed: true })
                })
            }),
            Property::sometimes("a mismatch", |_, world: &World| {
                world.was_answered(|answer| *answer == Definite::Refused("AMOUNT_MISMATCH"))
            }),
            Property::sometimes("an answer that was lost, and a retry that meets its own write", |_, world: &World| {
                world.requests.iter().any(|request| request.met_own_work.is_some())
            }),
            Property::sometimes("a create whose answer was lost, and a confirm of another client before its retry", {
                |_, world: &World| world.met_own_work("create", Status::Approved)
            }),
            Property::sometimes("a confirm whose answer was lost, and a cancel of another client before its retry", {
                |_, world: &World| world.met_own_work("confirm", Status::Canceled)
            }),
            Property::sometimes("a request that fails for good", |_, world: &World| {
                world.was_answered(|answer| *answer == Definite::Failed)
            }),
            Property::sometimes("a change that is made after its request was given up", |_, world: &World| {
                world.made.iter().any(|request| {
                    world.requests[*request].attempt.is_none() && world.history.operations()[*request].answer.is_none()
                })
            }),
        ]
    }
}

impl Protocol {
    fn carry_out(&self, world: &mut World, number: usize) -> Option<Definite> {
        self.attempt(Attempt::CarriedOut, world, number)
    }

    /// An attempt of a request. Returns what the function answers if it hears of it.
    fn attempt(&self, attempt: Attempt, world: &mut World, number: usize) -> Option<Definite> {
        let ask = world.ask(number);
        let InFlight { redelivered, in_doubt, .. } = world.requests[number];
        let (answer, wrote) = self.execute(attempt, &mut world.stored, ask, &stamp(number, redelivered), in_doubt);
        if wrote {
            world.made.push(number);
        }
        answer
    }

    fn try_again(&self, request: &mut InFlight) {
        request.attempt = request.attempt.filter(|attempt| *attempt < self.attempts).map(|attempt| attempt + 1);
    }

    /// The answer after an attempt, and whether it made the write. No answer is a 503.
    fn execute(
        &self,
        attempt: Attempt,
        stored: &mut Stored,
        ask: Ask,
        stamp: &Stamp,
        in_doubt: bool,
    ) -> (Option<Definite>, bool) {
        let before = stored.clone();
        let stamp_of = match self.broken {
            Some(Broken::OwnWork) => |_: &Stored, _: &Change| None,
            _ => Stored::stamp_of,
        };
        let forgotten = match attempt {
            Attempt::CarriedOut => Broken::Doubt,
            Attempt::Refused => Broken::Refusal,
        };
        let in_doubt = in_doubt && self.broken != Some(forgotten);
        let answer = match ask {
            Ask::Create { order, amount } => {
                let create = self.breakable(create(KEY, order, amount), stamp);
                definite(stored.execute(attempt, &create, stamp, in_doubt, stamp_of), created)
            }
            Ask::Confirm { order, amount } => {
                let confirm = self.breakable(confirm(KEY, order, amount), stamp);
                definite(stored.execute(attempt, &confirm, stamp, in_doubt, stamp_of), approved)
            }
            Ask::Cancel { amount } => {
                let cancel = self.breakable(cancel(KEY, amount), stamp);
                definite(stored.execute(attempt, &cancel, stamp, in_doubt, stamp_of), canceled)
            }
        };
        (answer, *stored != before)
    }

    fn breakable<'a, C>(&self, command: C, own: &'a Stamp) -> Breakable<'a, C> {
        Breakable { command, own, broken: self.broken }
    }
}

/// The answer to a decision. No answer is a 503.
fn definite<T>(decided: Result<Decision<T>, Undecided<StoreFailure>>, what: impl Fn(T) -> What) -> Option<Definite> {
    match decided {
        Ok(Decision::Made(output)) => Some(Definite::Done { what: what(output), replayed: false }),
        Ok(Decision::Replayed(output)) => Some(Definite::Done { what: what(output), replayed: true }),
        Ok(Decision::Refused(refusal)) => Some(Definite::Refused(code(refusal))),
        Err(Undecided::Failed(_)) => Some(Definite::Failed),
        Err(Undecided::Unknown(_) | Undecided::InDoubt(_)) => None,
    }
}

fn created(Created { order_id, status }: Created) -> What {
    What::Created { order: order_id, status: status.as_str() }
}

fn approved(Approved { approval }: Approved) -> What {
    What::Approved { at: approval.stamp.at().to_owned() }
}

fn canceled(Canceled { stamp }: Canceled) -> What {
    What::Canceled { at: stamp.at().to_owned() }
}

impl InFlight {
    /// Drops details that no longer matter, so that two states that differ in nothing else are equal.
    fn forget(&mut self) {
        if self.attempt.is_none() {
            self.in_doubt = false;
            self.redelivered &= self.late;
        }
    }
}

impl World {
    fn ask(&self, request: usize) -> Ask {
        self.history.operations()[request].ask
    }

    fn was_answered(&self, what: impl Fn(&Definite) -> bool) -> bool {
        self.history.operations().iter().any(|operation| operation.answer.as_ref().is_some_and(&what))
    }

    /// Whether a request of this kind met a write of its own when the payment had come to `status`.
    fn met_own_work(&self, kind: &str, status: Status) -> bool {
        let mut requests = self.requests.iter().enumerate();
        requests.any(|(number, request)| self.ask(number).operation() == kind && request.met_own_work == Some(status))
    }

    /// Whether a payment has the terms and the stamps of the requests that made it, and the whole amount was approved and given back.
    fn is_made_of(&self, payment: &Payment) -> bool {
        let stamps = match &payment.state {
            State::Initiated => vec![&payment.created],
            State::Approved(approval) => vec![&payment.created, &approval.stamp],
            State::Canceled(approval, cancellation) => vec![&payment.created, &approval.stamp, &cancellation.stamp],
        };
        let by = self.made.iter().map(|request| request.to_string());
        let of_the_payment = self.made.iter().all(|request| match self.ask(*request) {
            Ask::Create { order, amount } | Ask::Confirm { order, amount } => {
                (order, amount) == (&payment.order_id, payment.amount.krw())
            }
            Ask::Cancel { amount } => amount == payment.amount.krw(),
        });
        let given_back = match &payment.state {
            State::Initiated | State::Approved(_) => true,
            State::Canceled(_, cancellation) => cancellation.amount == payment.amount,
        };
        of_the_payment && given_back && stamps.into_iter().map(Stamp::by).map(str::to_owned).eq(by)
    }
}

/// A command, with the mistake of the exploration in it.
struct Breakable<'a, C> {
    command: C,
    own: &'a Stamp,
    broken: Option<Broken>,
}

impl<C: Command> Command for Breakable<'_, C> {
    type Output = C::Output;

    fn key(&self) -> &PaymentKey {
        self.command.key()
    }

    fn requirements(&self) -> Vec<Requirement> {
        let mut requirements = self.command.requirements();
        if let Some(Broken::Guard { of, number }) = self.broken
            && of == kind(&self.command.change(self.own))
        {
            requirements.remove(number);
        }
        requirements
    }

    fn change(&self, stamp: &Stamp) -> Change {
        self.command.change(stamp)
    }

    fn output(&self, stamp: &Stamp) -> C::Output {
        self.command.output(if self.broken == Some(Broken::OwnTime) { self.own } else { stamp })
    }

    fn replay(&self, stored: &Payment) -> Option<C::Output> {
        self.command.replay(stored)
    }
}

/// The name of the command that makes a change.
fn kind(change: &Change) -> &'static str {
    match change {
        Change::Create(_) => "create",
        Change::Approve(_) => "confirm",
        Change::Cancel(_) => "cancel",
    }
}

/// The stamp of a request. Each has its own time, and another one when it is delivered again.
fn stamp(request: usize, redelivered: bool) -> Stamp {
    let time = i64::try_from(request).unwrap() + if redelivered { 1_000 } else { 0 };
    stamp_at(time, &request.to_string())
}

/// A payment of the domain, in the contract's terms.
fn as_promised(payment: &Payment) -> KnownPayment {
    let (approved, canceled) = match &payment.state {
        State::Initiated => (None, None),
        State::Approved(approval) => (Some(&approval.stamp), None),
        State::Canceled(approval, cancellation) => (Some(&approval.stamp), Some(&cancellation.stamp)),
    };
    KnownPayment {
        order: payment.order_id.clone(),
        amount: payment.amount.krw(),
        status: payment.status().as_str(),
        approved_at: approved.map(|stamp| stamp.at().to_owned()),
        canceled_at: canceled.map(|stamp| stamp.at().to_owned()),
    }
}

/// The payment.
const KEY: &str = "pay_1";

const CREATE: Ask = Ask::Create { order: "order_1", amount: 10 };
const CREATE_OTHER: Ask = Ask::Create { order: "order_2", amount: 9 };
const CONFIRM: Ask = Ask::Confirm { order: "order_1", amount: 10 };
const CONFIRM_OTHER: Ask = Ask::Confirm { order: "order_1", amount: 9 };
const CANCEL: Ask = Ask::Cancel { amount: 10 };
const CANCEL_OTHER: Ask = Ask::Cancel { amount: 9 };

/// Every command, and commands that a payment refuses in every state.
const EVERY_ASK: &[Ask] = &[CREATE, CREATE_OTHER, CONFIRM, CONFIRM_OTHER, CANCEL, CANCEL_OTHER];

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
fn a_request_that_forgets_an_attempt_without_an_answer_breaks_a_promise() {
    is_found(Broken::Doubt);
}

#[test]
fn a_request_that_forgets_an_attempt_in_doubt_when_the_last_one_is_refused_breaks_a_promise() {
    is_found(Broken::Refusal);
}
