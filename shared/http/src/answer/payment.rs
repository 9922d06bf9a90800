//! A payment as the reading endpoints show it. All fields are always there; a field is `null` until the payment has it.

use crate::answer::receipts::{Receipt, Receipts};
use payments_domain::{Payment, PaymentKey};
use serde::Serialize;

/// The body of one payment. Names that the integration guide does not have are those of Toss Payments.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentBody<'a> {
    payment_key: &'a str,
    order_id: &'a str,
    status: &'static str,
    total_amount: u64,
    balance_amount: u64,
    method: Option<&'static str>,
    requested_at: &'a str,
    approved_at: Option<&'a str>,
    receipt: Option<Receipt>,
    /// One at most, because a cancel is always over the whole amount.
    cancels: Option<[CancelBody<'a>; 1]>,
}

/// A cancel of a payment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CancelBody<'a> {
    cancel_reason: &'a str,
    cancel_amount: u64,
    canceled_at: &'a str,
}

impl<'a> PaymentBody<'a> {
    /// The body of the payment with this key.
    pub fn new(key: &'a PaymentKey, payment: &'a Payment, receipts: &Receipts) -> Self {
        let approval = payment.approval();
        let cancellation = payment.cancellation();
        Self {
            payment_key: key.as_str(),
            order_id: &payment.order_id,
            status: payment.status().as_str(),
            total_amount: payment.amount.krw(),
            balance_amount: payment.balance(),
            method: approval.map(|approval| approval.method.as_str()),
            requested_at: payment.created.at(),
            approved_at: approval.map(|approval| approval.stamp.at()),
            receipt: approval.map(|approval| receipts.of(key, approval)),
            cancels: cancellation.map(|cancellation| {
                [CancelBody {
                    cancel_reason: &cancellation.reason,
                    cancel_amount: cancellation.amount.krw(),
                    canceled_at: cancellation.stamp.at(),
                }]
            }),
        }
    }
}
