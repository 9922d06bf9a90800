//! The memory of a function.

use crate::events::Events;
use crate::lambda::Sandbox;
use crate::program::Program;
use crate::report::Report;
use crate::server::MeasuredServer;
use std::path::Path;

/// The most memory that a function may have used at any time during its first 1,000 invocations, in bytes.
const PEAK: u64 = 12_000_000;

/// Measures create and the two programs that it is compared with, and then whether 100,000 invocations make it grow.
pub(crate) async fn measure(target: &Path, report: &mut Report) {
    let server = MeasuredServer::start(target);
    let events = Events::from_samples();
    for program in [Program::Nothing, Program::Untuned, Program::Create] {
        let (mut sandbox, _) = Sandbox::start(program, target, &server.dynamodb_url()).await;
        invoke(&mut sandbox, program, &events, 1_000).await;
        let peak = sandbox.memory("VmHWM");
        report.size("peak memory, 1,000 invocations", program, peak);
        if program == Program::Create {
            report.bar("peak memory of create, 1,000 invocations, in MB", peak as f64 / 1e6, PEAK as f64 / 1e6);
            invoke(&mut sandbox, program, &events, 9_000).await;
            let early = sandbox.memory("VmRSS");
            invoke(&mut sandbox, program, &events, 90_000).await;
            let late = sandbox.memory("VmRSS");
            report.bar("memory of create after 100,000 invocations / after 10,000", late as f64 / early as f64, 1.01);
        }
    }
}

async fn invoke(sandbox: &mut Sandbox, program: Program, events: &Events, invocations: usize) {
    for _ in 0..invocations {
        sandbox.invoke(events.event(program, &events.new_key())).await;
    }
}
