//! A copy that keeps its payments in a file, and is killed.

use crate::copy::{Copy, DataFile, REASON, taken_apart};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};

const CLIENTS: usize = 4;
const STEPS: [&str; 3] = ["create", "confirm", "cancel"];

/// The requests of one payment, as far as they were sent.
struct Payment {
    key: String,
    /// The answers, one for each step that was answered.
    answers: Vec<String>,
}

impl Payment {
    /// Sends one of its requests. Returns the answer, unless the copy has ended.
    fn send(&self, copy: &Copy, step: &str) -> Option<String> {
        let terms = format!(r#"{{"paymentKey":"{}","orderId":"order_1","amount":10000}}"#, self.key);
        match step {
            "create" => copy.try_post("/v1/payments", &terms),
            "confirm" => copy.try_post("/v1/payments/confirm", &terms),
            _ => copy.try_post(&format!("/v1/payments/{}/cancel", self.key), REASON),
        }
    }

    /// Whether it was told `answer` before, word for word, and whether this is said to be a replay.
    fn tells_again(&self, copy: &Copy, step: &str, answer: &str) -> bool {
        let again = self.send(copy, step).expect("a copy that was started again answers");
        let is_replay = again.contains("idempotent-replayed: true\r\n");
        let (status, body) = taken_apart(&again);
        // The payment may have gone on by a request whose answer was lost.
        let overtaken = match step {
            "create" => is_replay && body.contains("APPROVED"),
            "confirm" => status == 422 && body.contains("ALREADY_CANCELED"),
            _ => false,
        };
        overtaken || (is_replay && taken_apart(answer).1 == body)
    }

    /// Every answer still holds, and a repeat of the request that was lost, and of all that follow, succeeds.
    fn is_kept(&self, copy: &Copy) {
        if let Some((step, answer)) = STEPS.iter().zip(&self.answers).next_back() {
            assert!(self.tells_again(copy, step, answer), "{} was told by {step}: {answer}", self.key);
        }
        for step in STEPS.iter().skip(self.answers.len()) {
            let settled = self.send(copy, step).expect("a copy that was started again answers");
            let allowed = match *step {
                "confirm" => settled.starts_with("HTTP/1.1 200") || settled.contains("ALREADY_CANCELED"),
                _ => settled.starts_with("HTTP/1.1 200"),
            };
            assert!(allowed, "{} is settled by {step}: {settled}", self.key);
        }
    }
}

/// Takes payments through their lives until the copy ends.
fn client(copy: &Copy, name: &str, answered: &AtomicUsize) -> Vec<Payment> {
    let mut payments = Vec::new();
    loop {
        let mut payment = Payment { key: format!("{name}_{}", payments.len()), answers: Vec::new() };
        for step in STEPS {
            let Some(answer) = payment.send(copy, step) else {
                payments.push(payment);
                return payments;
            };
            assert!(answer.starts_with("HTTP/1.1 200"), "{step}: {answer}");
            payment.answers.push(answer);
            answered.fetch_add(1, Ordering::SeqCst);
        }
        payments.push(payment);
    }
}

#[test]
fn what_was_answered_is_there_after_a_kill_in_the_state_that_was_answered() {
    let data = DataFile::new("kill");
    let mut all = Vec::new();
    for (round, answers) in [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144].into_iter().enumerate() {
        let copy = Copy::on_free_ports(&["--data", data.path()]);
        let answered = AtomicUsize::new(0);
        let payments = thread::scope(|scope| {
            let clients = (0..CLIENTS).map(|n| {
                let (copy, answered) = (&copy, &answered);
                scope.spawn(move || client(copy, &format!("kill_{round}_{n}"), answered))
            });
            let clients: Vec<_> = clients.collect();
            while answered.load(Ordering::SeqCst) < answers {
                assert!(
                    !clients.iter().any(ScopedJoinHandle::is_finished),
                    "a client ends with its copy, and not before"
                );
                thread::yield_now();
            }
            copy.signal("-KILL");
            clients.into_iter().flat_map(|client| client.join().expect("a client")).collect::<Vec<_>>()
        });
        drop(copy);
        let told = payments.iter().map(|payment| payment.answers.len()).sum::<usize>();
        assert!(told >= answers, "{told} answers before the kill");

        let copy = Copy::on_free_ports(&["--data", data.path()]);
        payments.iter().for_each(|payment| payment.is_kept(&copy));
        all.extend(payments);
        copy.signal("-KILL");
    }

    let copy = Copy::on_free_ports(&["--data", data.path()]);
    for payment in &all {
        let last = payment.send(&copy, "cancel").expect("an answer");
        assert!(last.contains("idempotent-replayed: true"), "{} was canceled in its round: {last}", payment.key);
    }
}
