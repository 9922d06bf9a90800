//! The local server under load, and with many payments in its table.

use crate::events::Events;
use crate::program::Program;
use crate::report::Report;
use crate::server::MeasuredServer;
use crate::stats::{median, quantile};
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::task::LocalSet;

const CLIENTS: [usize; 4] = [1, 8, 64, 256];
/// How long each number of clients sends.
const LOAD: Duration = Duration::from_secs(5);
const PAYMENTS: [u64; 3] = [1_000, 100_000, 1_000_000];
/// How often the tables take turns, and how many payments each then takes. Together they are less than the smallest table.
const TURNS: usize = 20;
const PAYMENTS_OF_A_TURN: usize = 25;

/// Measures both.
pub(crate) async fn measure(target: &Path, report: &mut Report) {
    throughput(target, report).await;
    many_payments(target, report).await;
}

/// Clients that each create one payment after the other, on connections that stay open.
async fn throughput(target: &Path, report: &mut Report) {
    let events = Rc::new(Events::from_samples());
    for clients in CLIENTS {
        let server = MeasuredServer::start(target);
        let set = LocalSet::new();
        let mut tasks = Vec::new();
        let started = Instant::now();
        for _ in 0..clients {
            let (mut service, events) = (server.connect().await, Rc::clone(&events));
            tasks.push(set.spawn_local(async move {
                let mut took = Vec::new();
                while started.elapsed() < LOAD {
                    let sent = Instant::now();
                    service.create(&events.new_key()).await;
                    took.push(sent.elapsed());
                }
                took
            }));
        }
        set.await;
        let elapsed = started.elapsed();
        let mut took = Vec::new();
        for task in tasks {
            took.extend(task.await.expect("every create is answered"));
        }
        report.number(
            &format!("creates per second, {clients} clients"),
            Program::LocalServer,
            took.len() as f64 / elapsed.as_secs_f64(),
        );
        report.time(&format!("latency of create, {clients} clients, median"), Program::LocalServer, median(&took));
        report.time(&format!("latency of create, {clients} clients, p99"), Program::LocalServer, quantile(&took, 0.99));
    }
}

/// Three servers with different numbers of payments take turns. The figure is the life of a payment: create, confirm, cancel.
async fn many_payments(target: &Path, report: &mut Report) {
    let events = Events::from_samples();
    let mut servers = Vec::new();
    for payments in PAYMENTS {
        let server = MeasuredServer::start(target);
        server.fill(payments).await;
        servers.push((payments, server));
    }
    // The connections are opened now: filling takes minutes, and the service closes idle ones.
    let mut tables = Vec::new();
    for (payments, server) in &servers {
        tables.push((*payments, server.connect().await, Vec::new()));
    }
    // The first turn is not counted.
    for turn in 0..=TURNS {
        for (_, service, took) in &mut tables {
            for _ in 0..PAYMENTS_OF_A_TURN {
                let key = events.new_key();
                let started = Instant::now();
                service.create(&key).await;
                service.confirm(&key).await;
                service.cancel(&key).await;
                if turn > 0 {
                    took.push(started.elapsed());
                }
            }
        }
    }
    let of = |wanted: u64| {
        let (.., took) = tables.iter().find(|(payments, ..)| *payments == wanted).expect("measured");
        median(took)
    };
    for payments in PAYMENTS {
        report.time(&format!("life of a payment among {payments}"), Program::LocalServer, of(payments));
    }
    let ratio = of(1_000_000).as_secs_f64() / of(1_000).as_secs_f64();
    report.bar("life of a payment: among 1,000,000 / among 1,000", ratio, 1.1);
}
