//! Starts the functions and the local server, measures them, and writes the results. The script `run` builds everything and
//! starts it.
//!
//! Every comparison is made in one run: the programs take turns, so that a slower host slows them all. A figure is a median, and a
//! target is a ratio of two figures.

mod cold;
mod counted;
mod events;
mod lambda;
mod memory;
mod program;
mod report;
mod scale;
mod server;
mod size;
mod stats;

use report::Report;
use std::env;
use std::path::PathBuf;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = env::args().skip(1);
    let mut path =
        |what: &str| PathBuf::from(arguments.next().unwrap_or_else(|| panic!("the argument {what} is missing")));
    let (target, counts, results) = (path("TARGET"), path("COUNTS"), path("RESULTS"));

    let mut report = Report::default();
    counted::read(&counts, &mut report);
    size::measure(&target, &mut report);
    cold::measure(&target, &mut report).await;
    memory::measure(&target, &mut report).await;
    scale::measure(&target, &mut report).await;
    report.write(&results);
}
