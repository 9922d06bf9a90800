//! A temporary refusal is returned only if no attempt of the request can still be carried out.

use crate::service::FaultyService;
use payments_test_function::OPERATIONS;
use payments_test_table::{Fate, Fault};

const REFUSED: Fate = Fate::Refuse(Fault::Error(400, "ThrottlingException"));

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_refusal_is_503_while_an_earlier_attempt_may_still_be_carried_out() {
    for fault in [Fault::Close, Fault::Reset, Fault::Truncate, Fault::Hang, Fault::Error(500, "InternalServerError")] {
        let mut service = FaultyService::start().await;
        assert!(service.send("create", &[Fate::Pass]).await.is_done());

        // The first attempt of a cancel is still on its way when the second one finds a payment that is not approved.
        let mut observed = service.send("cancel", &[Fate::Refuse(fault), Fate::Pass]).await;
        assert!(observed.is_unavailable(), "{fault:?}: {observed}");

        // NOT_APPROVED would be wrong now.
        assert!(service.send("confirm", &[Fate::Pass]).await.is_done());
        let first = observed.attempts.swap_remove(0);
        assert_eq!(first.carry_out().await, 200, "DynamoDB carries the first attempt out after all");
        assert!(service.send("cancel", &[Fate::Pass]).await.is_replay());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_refusal_is_returned_if_no_earlier_attempt_can_be_carried_out() {
    let mut service = FaultyService::start().await;
    let unknown = service.send("confirm", &[REFUSED, Fate::Pass]).await;
    assert!(unknown.is_refused(404, "NOT_FOUND"), "throttled once: {unknown}");
    assert!(service.send("create", &[Fate::Pass]).await.is_done());
    let early = service.send("cancel", &[REFUSED, REFUSED, Fate::Pass]).await;
    assert!(early.is_refused(422, "NOT_APPROVED"), "throttled twice: {early}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permanent_refusal_is_returned_after_any_earlier_attempt() {
    let lost = Fate::Lose(Fault::Close);
    let mut service = FaultyService::start().await;
    for step in OPERATIONS {
        assert!(service.send(step, &[Fate::Pass]).await.is_done());
    }
    let late = service.send("confirm", &[lost, Fate::Pass]).await;
    assert!(late.is_refused(422, "ALREADY_CANCELED"), "{late}");
}
