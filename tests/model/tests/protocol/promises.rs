//! What must hold in every state, and what must occur in some state, so that the exploration proves something.

use crate::answers::stamp;
use crate::world::{Protocol, World};
use payments_domain::{Payment, Stamp, State, Status};
use payments_model::{Ask, Attempt, Definite, KnownPayment, Stored, What};
use stateright::Property;

pub(crate) fn promises() -> Vec<Property<Protocol>> {
    vec![
        Property::always(
            "a payment is created, approved and canceled once at most, in this order",
            |_, world: &World| {
                let order = world.made.iter().map(|request| world.ask(*request).operation());
                order.eq(["create", "confirm", "cancel"].into_iter().take(world.made.len()))
            },
        ),
        Property::always("one order of the requests explains every answer and what is stored", |_, world: &World| {
            match &world.stored {
                Stored::Nothing => world.history.is_explained(None),
                Stored::Payment(payment) => world.history.is_explained(Some(&as_promised(payment))),
                Stored::Unreadable => false,
            }
        }),
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
            |protocol: &Protocol, world: &World| {
                world.history.operations().iter().enumerate().filter(|(_, operation)| operation.answer.is_none()).all(
                    |(request, operation)| {
                        let (answer, _) = protocol.execute(
                            Attempt::CarriedOut,
                            &mut world.stored.clone(),
                            None,
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
                            Some(Definite::Read(_)) => true,
                            Some(Definite::Failed) | None => false,
                        }
                    },
                )
            },
        ),
        Property::sometimes("a replay", |_, world: &World| {
            world
                .was_answered(|answer| matches!(answer, Definite::Done { what: What::Approved { .. }, replayed: true }))
        }),
        Property::sometimes("a read that shows an approval whose request got no answer", |_, world: &World| {
            let shows = |answer: &Definite| matches!(answer, Definite::Read(payment) if payment.status == "APPROVED");
            world.was_answered(shows)
                && !world.was_answered(|answer| matches!(answer, Definite::Done { what: What::Approved { .. }, .. }))
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

impl World {
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
            Ask::Retrieve => false,
        });
        let given_back = match &payment.state {
            State::Initiated | State::Approved(_) => true,
            State::Canceled(_, cancellation) => cancellation.amount == payment.amount,
        };
        of_the_payment && given_back && stamps.into_iter().map(Stamp::by).map(str::to_owned).eq(by)
    }
}

/// A payment of the domain, in the contract's terms.
pub(crate) fn as_promised(payment: &Payment) -> KnownPayment {
    KnownPayment {
        order: payment.order_id.clone(),
        amount: payment.amount.krw(),
        status: payment.status().as_str(),
        approved_at: payment.approval().map(|approval| approval.stamp.at().to_owned()),
        canceled_at: payment.cancellation().map(|cancellation| cancellation.stamp.at().to_owned()),
    }
}
