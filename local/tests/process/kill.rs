//! A server that keeps its payments in a file, and is killed.

use crate::server::{DataFile, REASON, ServerProcess, taken_apart};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};

const CLIENTS: usize = 4;
const STEPS: [&str; 3] = ["create", "confirm", "cancel"];

/// The requests of one payment that were sent.
struct SentPayment {
    key: String,
    /// The answers, one for each step that was answered.
    answers: Vec<String>,
}

impl SentPayment {
    /// Sends one of its requests. Returns the answer, unless the server has ended.
    fn send(&self, server: &ServerProcess, step: &str) -> Option<String> {
        let terms = format!(r#"{{"paymentKey":"{}","orderId":"order_1","amount":10000}}"#, self.key);
        match step {
            "create" => server.try_post("/v1/payments", &terms),
            "confirm" => server.try_post("/v1/payments/confirm", &terms),
            _ => server.try_post(&format!("/v1/payments/{}/cancel", self.key), REASON),
        }
    }

    /// Whether a repeat gets `answer` again, word for word, as a replay.
    fn repeats(&self, server: &ServerProcess, step: &str, answer: &str) -> bool {
        let again = self.send(server, step).expect("a server that was started again answers");
        let is_replay = again.contains("idempotent-replayed: true\r\n");
        let (status, body) = taken_apart(&again);
        // A request whose answer was lost may have changed the payment since.
        let overtaken = match step {
            "create" => is_replay && body.contains("APPROVED"),
            "confirm" => status == 422 && body.contains("ALREADY_CANCELED"),
            _ => false,
        };
        overtaken || (is_replay && taken_apart(answer).1 == body)
    }

    /// Every answer is given again, and a repeat of the request without an answer, and of all that follow, succeeds.
    fn is_kept(&self, server: &ServerProcess) {
        if let Some((step, answer)) = STEPS.iter().zip(&self.answers).next_back() {
            assert!(self.repeats(server, step, answer), "{} got from {step}: {answer}", self.key);
        }
        for step in STEPS.iter().skip(self.answers.len()) {
            let again = self.send(server, step).expect("a server that was started again answers");
            let allowed = match *step {
                "confirm" => again.starts_with("HTTP/1.1 200") || again.contains("ALREADY_CANCELED"),
                _ => again.starts_with("HTTP/1.1 200"),
            };
            assert!(allowed, "{} gets from a repeated {step}: {again}", self.key);
        }
    }
}

/// Creates, confirms and cancels payments until the server ends.
fn client(server: &ServerProcess, name: &str, answered: &AtomicUsize) -> Vec<SentPayment> {
    let mut payments = Vec::new();
    loop {
        let mut payment = SentPayment { key: format!("{name}_{}", payments.len()), answers: Vec::new() };
        for step in STEPS {
            let Some(answer) = payment.send(server, step) else {
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
fn every_answered_change_survives_a_kill() {
    let data = DataFile::new("kill");
    let mut all = Vec::new();
    for (round, answers) in [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144].into_iter().enumerate() {
        let server = ServerProcess::on_free_ports(&["--data", data.path()]);
        let answered = AtomicUsize::new(0);
        let payments = thread::scope(|scope| {
            let clients = (0..CLIENTS).map(|n| {
                let (server, answered) = (&server, &answered);
                scope.spawn(move || client(server, &format!("kill_{round}_{n}"), answered))
            });
            let clients: Vec<_> = clients.collect();
            while answered.load(Ordering::SeqCst) < answers {
                assert!(
                    !clients.iter().any(ScopedJoinHandle::is_finished),
                    "a client ends with its server, and not before"
                );
                thread::yield_now();
            }
            server.signal("-KILL");
            clients.into_iter().flat_map(|client| client.join().expect("a client")).collect::<Vec<_>>()
        });
        drop(server);
        let answered = payments.iter().map(|payment| payment.answers.len()).sum::<usize>();
        assert!(answered >= answers, "{answered} answers before the kill");

        let server = ServerProcess::on_free_ports(&["--data", data.path()]);
        payments.iter().for_each(|payment| payment.is_kept(&server));
        all.extend(payments);
        server.signal("-KILL");
    }

    let server = ServerProcess::on_free_ports(&["--data", data.path()]);
    for payment in &all {
        let last = payment.send(&server, "cancel").expect("an answer");
        assert!(last.contains("idempotent-replayed: true"), "{} was canceled in its round: {last}", payment.key);
    }
}
