//! The states of the exploration, what can happen in each, and what follows.

use crate::answers::stamp;
use crate::promises::promises;
use crate::{CANCEL, CONFIRM, CREATE};
use payments_domain::{Payment, Status};
use payments_model::{Ask, Attempt, Definite, History, Stored};
use stateright::{Model, Property};

/// The bounds of an exploration, and its deliberate mistake.
#[derive(Debug, Clone)]
pub(crate) struct Protocol {
    pub(crate) asks: &'static [Ask],
    /// The state of the payment at the start: 0 for nothing, 1 for created, 2 for approved, 3 for canceled.
    pub(crate) starts: &'static [usize],
    /// Requests from then on.
    pub(crate) requests: usize,
    /// Requests that are waited for at a time.
    pub(crate) clients: usize,
    /// Attempts of a function to reach DynamoDB.
    pub(crate) attempts: u8,
    pub(crate) broken: Option<Broken>,
}

/// A mistake that the check must find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// A command lacks one of its requirements.
    Guard { of: &'static str, number: usize },
    /// A request does not recognise its own write.
    OwnWork,
    /// A request treats an attempt without an answer as one that was not carried out.
    Doubt,
    /// A request whose last attempt is refused for good answers 500, even if an earlier attempt is in doubt.
    Refusal,
    /// A read returns the payment as it was before the last write.
    StaleRead,
    /// A request that recognises its own write answers with the time of its clock, and not with the stored time.
    OwnTime,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) stored: Stored,
    /// What was stored before the last write, if the exploration has reads that return it.
    pub(crate) older: Option<Stored>,
    pub(crate) history: History,
    pub(crate) requests: Vec<InFlight>,
    /// The requests whose writes were made, in order.
    pub(crate) made: Vec<usize>,
    /// How many requests may still be sent.
    pub(crate) left: usize,
}

/// The state of a request behind the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct InFlight {
    /// The attempt that its function makes. `None` when no client waits for an answer any more.
    pub(crate) attempt: Option<u8>,
    /// Whether an attempt of its function is in doubt.
    pub(crate) in_doubt: bool,
    /// Whether there is an attempt that no function waits for, and that DynamoDB may still carry out.
    pub(crate) late: bool,
    /// Whether Lambda has delivered the same invocation twice.
    pub(crate) redelivered: bool,
    /// The status in which it found the payment when it was answered, if it had changed the payment itself before.
    pub(crate) met_own_work: Option<Status>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
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
                older: None,
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
                let kinds = [Action::Answer, Action::LoseAnswer, Action::Throttle, Action::Part];
                actions.extend(kinds.map(|kind| kind(number)));
                let is_write = world.ask(number).is_write();
                if is_write {
                    actions.push(Action::Delay(number));
                }
                if !request.redelivered {
                    actions.push(Action::Refuse(number));
                }
                if is_write && !request.redelivered && !request.late {
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
                let is_write = world.ask(number).is_write();
                let request = &mut world.requests[number];
                (request.late, request.attempt) = (request.late || is_write, None);
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
        promises()
    }
}

impl Protocol {
    /// DynamoDB carries out an attempt. Returns what the function answers if it hears of it.
    fn carry_out(&self, world: &mut World, number: usize) -> Option<Definite> {
        self.attempt(Attempt::CarriedOut, world, number)
    }

    /// An attempt of a request. Returns what the function answers if it hears of it.
    fn attempt(&self, attempt: Attempt, world: &mut World, number: usize) -> Option<Definite> {
        let ask = world.ask(number);
        let InFlight { redelivered, in_doubt, .. } = world.requests[number];
        let before = (self.broken == Some(Broken::StaleRead)).then(|| world.stored.clone());
        let (older, stored) = (world.older.as_ref(), &mut world.stored);
        let (answer, wrote) = self.execute(attempt, stored, older, ask, &stamp(number, redelivered), in_doubt);
        if wrote {
            world.older = before;
            world.made.push(number);
        }
        answer
    }

    fn try_again(&self, request: &mut InFlight) {
        request.attempt = request.attempt.filter(|attempt| *attempt < self.attempts).map(|attempt| attempt + 1);
    }
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
    pub(crate) fn ask(&self, request: usize) -> Ask {
        self.history.operations()[request].ask
    }
}
