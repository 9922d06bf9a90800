//! Other clients, repeated requests, and clocks that jump.

use crate::service::{FaultyService, Observed};
use futures_util::future::join_all;
use payments_test_function::{Answer, WRITES};
use payments_test_table::{Fate, Fault, empty_table};
use std::sync::atomic::Ordering;
use std::time::Instant;
use tokio::task::JoinHandle;

const LOST: Fate = Fate::Lose(Fault::Close);
const NOT_MADE: Fate = Fate::Refuse(Fault::Error(500, "InternalServerError"));

impl FaultyService {
    /// Sends a request whose first attempt has this fate. Before its second attempt, another client takes these steps.
    async fn overtaken(&mut self, step: &str, first: Fate, by: &[&str]) -> Observed {
        let started = Instant::now();
        let request = self.begin(step);
        let write = self.next_call().await;
        let mut attempts = vec![write.later()];
        let mut writes = usize::from(write.release(first).await == Some(200));
        let second = self.next_call().await;
        for other in by {
            let answer = self.of_another_client(other).await;
            assert!(answer.is_first(), "{other}: {answer}");
        }
        attempts.push(second.later());
        writes += usize::from(second.release(Fate::Pass).await == Some(200));
        let observed =
            Observed { answer: request.await.expect("an answer"), attempts, writes, took: started.elapsed() };
        observed.check_common_rules();
        observed
    }

    /// Sends a request, and does not wait for its answer.
    fn begin(&self, step: &str) -> JoinHandle<Answer> {
        let (function, event) = (self.functions.named(step).clone(), self.event(step));
        tokio::spawn(async move { function.invoke(&event).await })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f8_and_f9_a_request_whose_answer_was_lost_succeeds_even_if_another_client_has_changed_the_payment() {
    let cases: [(&str, &[&str], &str); 3] = [
        ("create", &["confirm"], "INITIATED"),
        ("create", &["confirm", "cancel"], "INITIATED"),
        ("confirm", &["cancel"], "APPROVED"),
    ];
    for (step, by, status) in cases {
        let mut service = FaultyService::start().await;
        service.ready_for(step).await;
        let observed = service.overtaken(step, LOST, by).await;
        assert!(observed.is_done(), "{step}, then {by:?} of another client: {observed}");
        assert!(observed.answer.body.contains(status), "{step}: {observed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f10_a_change_that_another_client_makes_first_is_a_replay() {
    for step in WRITES {
        let mut service = FaultyService::start().await;
        service.ready_for(step).await;
        let observed = service.overtaken(step, NOT_MADE, &[step]).await;
        assert!(observed.is_replay(), "the other client did {step}: {observed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f14_of_two_equal_requests_at_once_one_makes_the_change_and_the_other_is_a_replay() {
    for step in WRITES {
        let mut service = FaultyService::start().await;
        service.ready_for(step).await;
        let requests = [service.begin(step), service.begin(step)];
        let writes = [service.next_call().await, service.next_call().await];
        for write in writes {
            write.release(Fate::Pass).await;
        }
        let answers = join_all(requests).await.into_iter().map(Result::unwrap).collect::<Vec<_>>();
        assert_eq!(answers.iter().filter(|answer| answer.is_replay()).count(), 1, "{step}: {answers:?}");
        assert_eq!(answers[0].body, answers[1].body, "{step}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f15_of_fifty_equal_requests_at_once_one_makes_the_change() {
    let service = FaultyService::over(&empty_table().await).await;
    for step in WRITES {
        let answers = join_all((0..50).map(|_| service.of_another_client(step))).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{step}: {answers:?}");
        assert_eq!(answers.iter().filter(|answer| answer.is_first()).count(), 1, "{step}: {answers:?}");
        assert!(answers.iter().all(|answer| answer.body == answers[0].body), "{step}: {answers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f16_a_confirm_and_a_cancel_at_once_take_effect_one_after_the_other() {
    for (first, second, cancel, stored) in
        [("confirm", "cancel", 200, "CANCELED"), ("cancel", "confirm", 422, "APPROVED")]
    {
        let mut service = FaultyService::start().await;
        service.ready_for("confirm").await;
        let of_first = service.begin(first);
        let first_write = service.next_call().await;
        let of_second = service.begin(second);
        let second_write = service.next_call().await;
        first_write.release(Fate::Pass).await;
        second_write.release(Fate::Pass).await;
        let (of_first, of_second) = (of_first.await.unwrap(), of_second.await.unwrap());
        let (of_confirm, of_cancel) = if first == "confirm" { (of_first, of_second) } else { (of_second, of_first) };
        assert!(of_confirm.is_first(), "{first} first: {of_confirm}");
        assert_eq!((of_cancel.status, of_cancel.is_replay()), (cancel, false), "{first} first: {of_cancel}");
        assert_eq!(service.status().await.as_deref(), Some(stored), "{first} first");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f17_a_repeat_is_a_replay_however_late_it_comes() {
    const MINUTE: i64 = 60;
    const DAY: i64 = 24 * 60 * MINUTE;
    for step in WRITES {
        let mut service = FaultyService::start().await;
        service.ready_for(step).await;
        let first = service.send(step, &[Fate::Pass]).await;
        assert!(first.is_done(), "{first}");
        for later in [10 * MINUTE, 25 * 60 * MINUTE, 40 * DAY] {
            service.now.fetch_add(later, Ordering::Relaxed);
            let again = service.send(step, &[Fate::Pass]).await;
            assert!(again.is_replay(), "{step}, {later} s later: {again}");
            assert_eq!(again.answer.body, first.answer.body, "{step}, {later} s later");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f35_a_clock_that_jumps_changes_no_answer_and_no_stored_time() {
    for jump in [600, -600] {
        let mut service = FaultyService::start().await;
        for step in WRITES {
            let first = service.send(step, &[LOST, Fate::Pass]).await;
            service.now.fetch_add(jump, Ordering::Relaxed);
            let again = service.send(step, &[Fate::Pass]).await;
            assert!(first.is_done() && again.is_replay(), "{step} with a jump of {jump} s: {first}, {again}");
            assert_eq!(again.answer.body, first.answer.body, "{step} with a jump of {jump} s");
        }
    }
}

/// The index says only which payments there are.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_shows_what_other_clients_changed_while_it_ran() {
    for (before, by, status) in [("confirm", "confirm", "APPROVED"), ("cancel", "cancel", "CANCELED")] {
        let mut service = FaultyService::start().await;
        service.ready_for(before).await;
        let list = service.begin("list");
        service.next_call().await.release(Fate::Pass).await;
        let read = service.next_call().await;
        assert_eq!(read.operation, "BatchGetItem");
        let changed = service.of_another_client(by).await;
        assert!(changed.is_first(), "{changed}");
        read.release(Fate::Pass).await;
        let answer = list.await.expect("an answer");
        assert_eq!(answer.json()["payments"][0]["status"], status, "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f40_after_a_restore_of_the_table_a_lost_request_is_carried_out_again_once() {
    let mut service = FaultyService::start().await;
    assert!(service.send("create", &[Fate::Pass]).await.is_done());
    let backup = service.stored().await.expect("the payment");
    for lost in ["confirm", "cancel"] {
        assert!(service.send(lost, &[Fate::Pass]).await.is_done());
    }

    let restored = empty_table().await;
    restored.put(backup).await;
    let mut again = FaultyService::over(&restored).await;
    again.key = service.key.clone();
    assert!(again.send("create", &[Fate::Pass]).await.is_replay(), "what was in the backup is still there");
    for lost in ["confirm", "cancel"] {
        assert!(again.send(lost, &[Fate::Pass]).await.is_done(), "{lost} was lost");
        assert!(again.send(lost, &[Fate::Pass]).await.is_replay(), "{lost} is carried out once");
    }
}
