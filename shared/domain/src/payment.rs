//! The payment as it is stored. Each state has only the data of that state, so a payment without an approval cannot be canceled.
//!
//! Values from the store are text and are not parsed again. A condition of DynamoDB can check that an attribute is a string, but
//! not that it is a well-formed time or order number. If reading required more than a condition can check, a write could succeed
//! on an item that no later request can read.

use crate::value::{Amount, Method, OrderId, RequestId, Timestamp};

/// A payment as read from the store.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Payment {
    /// The merchant's order, as stored when the payment was created. It never changes.
    pub order_id: String,
    /// The amount to pay, fixed when the payment was created. It never changes.
    pub amount: Amount,
    /// The request that created it.
    pub created: Stamp,
    /// Its state.
    pub state: State,
}

/// The order and the amount of a payment. A confirm must have the same terms as the create.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Terms {
    /// The merchant's order.
    pub order_id: OrderId,
    /// The amount to pay.
    pub amount: Amount,
}

/// The state of a payment, with the data of that state.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum State {
    /// Created, not approved.
    Initiated,
    /// Approved: the money belongs to the merchant.
    Approved(Approval),
    /// Canceled after approval, in full. This is final.
    Canceled(Approval, Cancellation),
}

/// The fields that an approval adds to a payment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Approval {
    /// How it was paid.
    pub method: Method,
    /// The request that approved it.
    pub stamp: Stamp,
}

/// The fields that a cancel adds to a payment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cancellation {
    /// Why it was canceled.
    pub reason: String,
    /// The amount that was given back: always the whole amount.
    pub amount: Amount,
    /// The request that canceled it.
    pub stamp: Stamp,
}

/// When a change was made, and by which request. It is stored with the change and never overwritten, so that a request
/// can recognise its own write.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Stamp {
    at: String,
    by: String,
}

impl Stamp {
    /// The stamp of a request in progress.
    pub fn new(at: Timestamp, by: &RequestId) -> Self {
        Self { at: at.to_string(), by: by.as_str().to_owned() }
    }

    /// A stamp as read from the store.
    pub fn stored(at: impl Into<String>, by: impl Into<String>) -> Self {
        Self { at: at.into(), by: by.into() }
    }

    /// The moment, by the clock of the request that made the change: `2024-01-01T12:34:56Z`.
    pub fn at(&self) -> &str {
        &self.at
    }

    /// The id of the request that made the change.
    pub fn by(&self) -> &str {
        &self.by
    }
}

/// The name of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// See [`State::Initiated`].
    Initiated,
    /// See [`State::Approved`].
    Approved,
    /// See [`State::Canceled`].
    Canceled,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Initiated, Self::Approved, Self::Canceled];

    /// The spelling in answers and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Initiated => "INITIATED",
            Self::Approved => "APPROVED",
            Self::Canceled => "CANCELED",
        }
    }

    /// Reads the spelling of [`Status::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

impl Payment {
    /// The name of the payment's state.
    pub const fn status(&self) -> Status {
        match self.state {
            State::Initiated => Status::Initiated,
            State::Approved(_) => Status::Approved,
            State::Canceled(..) => Status::Canceled,
        }
    }

    /// The approval, if the payment was approved.
    pub const fn approval(&self) -> Option<&Approval> {
        match &self.state {
            State::Initiated => None,
            State::Approved(approval) | State::Canceled(approval, _) => Some(approval),
        }
    }

    /// The cancel, if the payment was canceled.
    pub const fn cancellation(&self) -> Option<&Cancellation> {
        match &self.state {
            State::Initiated | State::Approved(_) => None,
            State::Canceled(_, cancellation) => Some(cancellation),
        }
    }

    /// The amount in KRW less what was canceled. 0 if more was canceled, which no version has stored.
    pub fn balance(&self) -> u64 {
        let canceled = self.cancellation().map_or(0, |cancellation| cancellation.amount.krw());
        self.amount.krw().saturating_sub(canceled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_spelled_as_in_the_contract() {
        assert_eq!(Status::ALL.map(Status::as_str), ["INITIATED", "APPROVED", "CANCELED"]);
        for status in Status::ALL {
            assert_eq!(Status::parse(status.as_str()), Some(status));
        }
        for stranger in ["", "approved", "SETTLED"] {
            assert_eq!(Status::parse(stranger), None, "{stranger}");
        }
    }

    #[test]
    fn a_payment_shows_what_its_state_has_and_what_is_left_of_its_amount() {
        let stamp = Stamp::stored("2024-01-01T12:34:56Z", "request");
        let approval = Approval { method: Method::Card, stamp: stamp.clone() };
        let amount = |krw| Amount::parse(krw).unwrap();
        let canceled = |krw| {
            let cancellation = Cancellation { reason: "reason".to_owned(), amount: amount(krw), stamp: stamp.clone() };
            State::Canceled(approval.clone(), cancellation)
        };
        for (state, has_approval, canceled, balance) in [
            (State::Initiated, false, None, 10_000),
            (State::Approved(approval.clone()), true, None, 10_000),
            (canceled(10_000), true, Some(10_000), 0),
            (canceled(9_999), true, Some(9_999), 1),
            (canceled(10_001), true, Some(10_001), 0),
        ] {
            let payment =
                Payment { order_id: "order_1".to_owned(), amount: amount(10_000), created: stamp.clone(), state };
            assert_eq!(payment.approval(), has_approval.then_some(&approval), "{payment:?}");
            assert_eq!(payment.cancellation().map(|canceled| canceled.amount.krw()), canceled, "{payment:?}");
            assert_eq!(payment.balance(), balance, "{payment:?}");
        }
    }

    #[test]
    fn a_stamp_has_the_time_in_the_format_of_answers() {
        let stamp = Stamp::new(Timestamp::from_unix(1_704_112_496).unwrap(), &RequestId::parse("request").unwrap());
        assert_eq!((stamp.at(), stamp.by()), ("2024-01-01T12:34:56Z", "request"));
    }
}
