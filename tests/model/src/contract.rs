//! The promises to the clients of one payment, for requests one after another. This is written from the contract and must not call
//! the code that it checks.

/// A request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ask {
    Create { order: &'static str, amount: u64 },
    Confirm { order: &'static str, amount: u64 },
    Cancel { amount: u64 },
    Retrieve,
}

impl Ask {
    /// The name of its operation.
    pub fn operation(self) -> &'static str {
        match self {
            Self::Create { .. } => "create",
            Self::Confirm { .. } => "confirm",
            Self::Cancel { .. } => "cancel",
            Self::Retrieve => "retrieve",
        }
    }

    /// Whether it asks for a change.
    pub fn is_write(self) -> bool {
        self != Self::Retrieve
    }
}

/// A definite answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Definite {
    /// The 200 of a write. `replayed` says that this request changed nothing.
    Done { what: What, replayed: bool },
    /// The 200 of a read.
    Read(KnownPayment),
    /// The code of a refusal.
    Refused(&'static str),
    /// 500: the service failed, and the request was not carried out and never will be.
    Failed,
}

/// The content of the 200 of a write.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum What {
    Created { order: String, status: &'static str },
    Approved { at: String },
    Canceled { at: String },
}

/// A status of a payment, if it is one.
pub fn status(text: &str) -> Option<&'static str> {
    ["INITIATED", "APPROVED", "CANCELED"].into_iter().find(|status| *status == text)
}

/// A payment, as far as clients can know. The time of a change is unknown until an answer contains it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KnownPayment {
    pub order: String,
    pub amount: u64,
    pub status: &'static str,
    pub approved_at: Option<String>,
    pub canceled_at: Option<String>,
}

/// The payment after `ask` was answered with `answer` while `payment` was stored. `None` if the contract does not allow it.
pub fn after_answer(payment: Option<&KnownPayment>, ask: Ask, answer: &Definite) -> Option<Option<KnownPayment>> {
    let (code, next) = promised(payment, ask);
    match (answer, code) {
        (Definite::Failed, _) => Some(payment.cloned()),
        (Definite::Refused(answered), Some(code)) => (*answered == code).then_some(next),
        (Definite::Done { what, replayed }, None) => {
            let replay = next.as_ref() == payment;
            if *replayed != replay { None } else { with_time_of(next?, ask, what).map(Some) }
        }
        // The read may show times that no answer has contained so far.
        (Definite::Read(read), None) => {
            let good = ask == Ask::Retrieve && is_stored_as(payment, Some(read)) && has_its_times(read);
            good.then(|| Some(read.clone()))
        }
        (Definite::Refused(_), None) | (Definite::Done { .. } | Definite::Read(_), Some(_)) => None,
    }
}

/// The payment after `ask` took effect without an answer. `None` if it changes nothing.
pub(crate) fn after_unanswered(payment: Option<&KnownPayment>, ask: Ask) -> Option<KnownPayment> {
    let (_, next) = promised(payment, ask);
    next.filter(|next| Some(next) != payment)
}

/// Whether the stored payment is the one that the answers lead to.
pub(crate) fn is_stored_as(expected: Option<&KnownPayment>, stored: Option<&KnownPayment>) -> bool {
    let known = |expected: &Option<String>, stored: &Option<String>| expected.is_none() || expected == stored;
    match (expected, stored) {
        (None, None) => true,
        (Some(expected), Some(stored)) => {
            (&expected.order, expected.amount, expected.status) == (&stored.order, stored.amount, stored.status)
                && known(&expected.approved_at, &stored.approved_at)
                && known(&expected.canceled_at, &stored.canceled_at)
        }
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// Whether a payment has the time of each change that its status implies, and no other.
fn has_its_times(payment: &KnownPayment) -> bool {
    let expected = match payment.status {
        "INITIATED" => (false, false),
        "APPROVED" => (true, false),
        _ => (true, true),
    };
    (payment.approved_at.is_some(), payment.canceled_at.is_some()) == expected
}

/// The table of the contract: the code of a refusal, or none for a 200, and the payment afterwards.
fn promised(payment: Option<&KnownPayment>, ask: Ask) -> (Option<&'static str>, Option<KnownPayment>) {
    let stays = payment.cloned();
    let Some(payment) = payment else {
        return match ask {
            Ask::Create { order, amount } => {
                let order = order.to_owned();
                let (status, approved_at, canceled_at) = ("INITIATED", None, None);
                (None, Some(KnownPayment { order, amount, status, approved_at, canceled_at }))
            }
            Ask::Confirm { .. } | Ask::Cancel { .. } | Ask::Retrieve => (Some("NOT_FOUND"), None),
        };
    };
    match (ask, payment.status) {
        (Ask::Create { .. } | Ask::Retrieve, _) => (None, stays),
        (Ask::Confirm { order, amount }, _) if (order, amount) != (&payment.order, payment.amount) => {
            (Some("AMOUNT_MISMATCH"), stays)
        }
        (Ask::Confirm { .. }, "INITIATED") => (None, Some(KnownPayment { status: "APPROVED", ..payment.clone() })),
        (Ask::Confirm { .. }, "APPROVED") => (None, stays),
        (Ask::Confirm { .. }, _) => (Some("ALREADY_CANCELED"), stays),
        (Ask::Cancel { .. }, "INITIATED") => (Some("NOT_APPROVED"), stays),
        (Ask::Cancel { amount }, _) if amount != payment.amount => (Some("PARTIAL_MISMATCH"), stays),
        (Ask::Cancel { .. }, "APPROVED") => (None, Some(KnownPayment { status: "CANCELED", ..payment.clone() })),
        (Ask::Cancel { .. }, _) => (None, stays),
    }
}

/// The payment with the time in an answer. `None` if the answer is not about this payment, or has another time than an earlier
/// one.
fn with_time_of(mut payment: KnownPayment, ask: Ask, what: &What) -> Option<KnownPayment> {
    let agreed = match (ask, what) {
        (Ask::Create { .. }, What::Created { order, status }) => {
            return ((order, *status) == (&payment.order, payment.status)).then_some(payment);
        }
        (Ask::Confirm { .. }, What::Approved { at }) => (payment.approved_at.get_or_insert_with(|| at.clone()), at),
        (Ask::Cancel { .. }, What::Canceled { at }) => (payment.canceled_at.get_or_insert_with(|| at.clone()), at),
        _ => return None,
    };
    (agreed.0 == agreed.1).then_some(payment)
}
