//! An answer in the contract's terms.

use crate::Answer;
use payments_model::{Ask, Definite, KnownPayment, What, status};

/// The content of an answer. `None` if the outcome is unknown.
pub fn definite(ask: Ask, answer: &Answer) -> Option<Definite> {
    if answer.status == 200 {
        let body = answer.json();
        let text = |name: &str| body[name].as_str().expect(name).to_owned();
        let what = match ask {
            Ask::Create { .. } => {
                What::Created { order: text("orderId"), status: status(&text("status")).expect("a status") }
            }
            Ask::Confirm { .. } => What::Approved { at: text("approvedAt") },
            Ask::Cancel { .. } => What::Canceled { at: text("canceledAt") },
            Ask::Retrieve => {
                assert!(!answer.is_replay(), "a read is not a replay: {answer:?}");
                return Some(Definite::Read(KnownPayment {
                    order: text("orderId"),
                    amount: body["totalAmount"].as_u64().expect("an amount"),
                    status: status(&text("status")).expect("a status"),
                    approved_at: body["approvedAt"].as_str().map(str::to_owned),
                    canceled_at: body["cancels"][0]["canceledAt"].as_str().map(str::to_owned),
                }));
            }
        };
        return Some(Definite::Done { what, replayed: answer.is_replay() });
    }
    match (answer.status, answer.code().as_str()) {
        (503, "SERVICE_UNAVAILABLE") => None,
        (500, "INTERNAL_ERROR") => Some(Definite::Failed),
        (404, "NOT_FOUND") => Some(Definite::Refused("NOT_FOUND")),
        (409, "AMOUNT_MISMATCH") => Some(Definite::Refused("AMOUNT_MISMATCH")),
        (409, "PARTIAL_MISMATCH") => Some(Definite::Refused("PARTIAL_MISMATCH")),
        (422, "ALREADY_CANCELED") => Some(Definite::Refused("ALREADY_CANCELED")),
        (422, "NOT_APPROVED") => Some(Definite::Refused("NOT_APPROVED")),
        _ => panic!("not an answer to {ask:?}: {answer:?}"),
    }
}
