//! What a function answers after an attempt, by the domain's own rules, with the mistake of the exploration in them.

use crate::KEY;
use crate::promises::as_promised;
use crate::world::{Broken, Protocol};
use payments_domain::{
    Approved, Canceled, Change, Command, Created, Decision, Payment, PaymentKey, Requirement, Stamp, Undecided,
};
use payments_model::{Ask, Attempt, Definite, StoreFailure, Stored, What, cancel, code, confirm, create, stamp_at};

impl Protocol {
    /// The answer after an attempt, and whether it made the write. No answer is a 503.
    pub(crate) fn execute(
        &self,
        attempt: Attempt,
        stored: &mut Stored,
        older: Option<&Stored>,
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
            Ask::Retrieve => read(attempt, older.unwrap_or(stored), in_doubt),
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

/// The answer to a read. No answer is a 503.
fn read(attempt: Attempt, stored: &Stored, in_doubt: bool) -> Option<Definite> {
    match (attempt, stored) {
        (Attempt::Refused, _) => (!in_doubt).then_some(Definite::Failed),
        (Attempt::CarriedOut, Stored::Nothing) => Some(Definite::Refused("NOT_FOUND")),
        (Attempt::CarriedOut, Stored::Payment(payment)) => Some(Definite::Read(as_promised(payment))),
        (Attempt::CarriedOut, Stored::Unreadable) => Some(Definite::Failed),
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
pub(crate) fn stamp(request: usize, redelivered: bool) -> Stamp {
    let time = i64::try_from(request).unwrap() + if redelivered { 1_000 } else { 0 };
    stamp_at(time, &request.to_string())
}
