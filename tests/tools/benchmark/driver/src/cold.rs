//! Cold start and warm path: the functions under the Runtime API, over the embedded DynamoDB.

use crate::events::Events;
use crate::lambda::Sandbox;
use crate::program::Program;
use crate::report::Report;
use crate::server::{Connection, MeasuredServer};
use crate::stats::{median, quantile};
use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

const STARTS: usize = 30;
const CALLS: usize = 300;
const TLS_STARTS: usize = 30;

/// The times of a program.
#[derive(Default)]
struct Samples {
    /// From the start of the process to its first request for an event.
    next: Vec<Duration>,
    /// From the first event to its answer, including the call to DynamoDB.
    first: Vec<Duration>,
    /// From a later event to its answer.
    warm: Vec<Duration>,
}

/// Measures all programs in turn.
pub(crate) async fn measure(target: &Path, report: &mut Report) {
    let server = MeasuredServer::start(target);
    let mut service = server.connect().await;
    let events = Events::from_samples();
    let programs = [
        Program::Nothing,
        Program::BareFunction,
        Program::Untuned,
        Program::Create,
        Program::Unconnected,
        Program::Confirm,
        Program::Cancel,
        Program::Retrieve,
        Program::List,
        Program::Receipt,
    ];
    let mut samples = HashMap::<Program, Samples>::new();
    let mut health_checks = Vec::new();
    for start in 0..STARTS {
        for program in programs {
            let (mut sandbox, next) = Sandbox::start(program, target, &server.dynamodb_url()).await;
            let samples = samples.entry(program).or_default();
            samples.next.push(next);
            samples.first.push(invoke(&mut sandbox, program, &events, &mut service).await);
            for _ in 0..CALLS {
                samples.warm.push(invoke(&mut sandbox, program, &events, &mut service).await);
            }
        }
        health_checks.push(health_check(&server.dynamodb).await);
        let bare = bare_calls(target, &server, start);
        samples.entry(Program::BareCall).or_default().warm.extend(bare);
    }

    for program in programs {
        let samples = &samples[&program];
        let cold: Vec<Duration> = samples.next.iter().zip(&samples.first).map(|(next, first)| *next + *first).collect();
        report.time("start to /next", program, median(&samples.next));
        report.time("event to first answer", program, median(&samples.first));
        report.time("cold start", program, median(&cold));
    }
    for program in [&programs[..], &[Program::BareCall]].concat() {
        report.time("warm, median", program, median(&samples[&program].warm));
        report.time("warm, p99", program, quantile(&samples[&program].warm, 0.99));
    }
    let floor = report.value("warm, median", Program::Nothing) + report.value("warm, median", Program::BareCall);
    report.time("new connection and GET / of DynamoDB", Program::LocalServer, median(&health_checks));
    for create in [Program::Create, Program::Unconnected] {
        report.bar_of("start to /next", create, Program::Nothing, 1.5);
        report.bar_of("event to first answer", create, Program::Untuned, 0.6);
        report.bar_of("cold start", create, Program::Untuned, 0.5);
    }
    let warm = report.value("warm, median", Program::Create);
    report.bar("warm, median: create / (nothing + bare SDK call)", warm / floor, 1.1);
    report.bar_of("warm, median", Program::Create, Program::BareFunction, 1.1);

    client_hello(target, &events, report).await;
}

async fn invoke(sandbox: &mut Sandbox, program: Program, events: &Events, service: &mut Connection) -> Duration {
    let key = events.new_key();
    if matches!(program, Program::Confirm | Program::Cancel | Program::Retrieve | Program::List | Program::Receipt) {
        service.create(&key).await;
    }
    if program == Program::Receipt {
        let token = service.confirm(&key).await;
        return sandbox.invoke(events.receipt(&key, &token)).await;
    }
    if matches!(program, Program::Cancel | Program::Retrieve | Program::List) {
        service.confirm(&key).await;
    }
    sandbox.invoke(events.event(program, &key)).await
}

/// The cost of connecting at the start, without a function: a new connection and one exchange.
async fn health_check(dynamodb: &str) -> Duration {
    let started = Instant::now();
    let mut stream = TcpStream::connect(dynamodb).await.expect("the server listens");
    let request = format!("GET / HTTP/1.1\r\nhost: {dynamodb}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("the server reads");
    stream.read_u8().await.expect("the server answers");
    started.elapsed()
}

fn bare_calls(target: &Path, server: &MeasuredServer, start: usize) -> Vec<Duration> {
    let mut command = Program::BareCall.command(target, &server.dynamodb_url());
    let output = command.args([format!("bare_{start}_"), CALLS.to_string()]).stdout(Stdio::piped()).output();
    let nanoseconds: Vec<u64> = serde_json::from_slice(&output.expect("it runs").stdout).expect("the calls succeed");
    nanoseconds.into_iter().map(Duration::from_nanos).collect()
}

/// The TLS part: from the start of the process to the first byte that it sends to an https endpoint, its ClientHello. The
/// endpoint never answers, because what follows depends on the server.
async fn client_hello(target: &Path, events: &Events, report: &mut Report) {
    let programs = [Program::Untuned, Program::LibraryTls, Program::Create];
    let mut samples = HashMap::<Program, Vec<Duration>>::new();
    for _ in 0..TLS_STARTS {
        for program in programs {
            // Its own port: the program before may have left a connection that was never accepted.
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let endpoint = format!("https://{}", listener.local_addr().expect("its address"));
            let started = Instant::now();
            let hello = async {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                let first = stream.read_u8().await.expect("a first byte");
                assert_eq!(first, 0x16, "{} must begin with a TLS handshake", program.name());
                started.elapsed()
            };
            // Some connect at their start, others for their first event.
            let running = async {
                let (sandbox, _) = Sandbox::start(program, target, &endpoint).await;
                sandbox.send(events.event(program, &events.new_key()));
                std::future::pending::<()>().await;
            };
            let connected = async {
                tokio::select! { took = hello => took, () = running => unreachable!() }
            };
            let took = timeout(Duration::from_secs(10), connected).await.expect("the function connects");
            samples.entry(program).or_default().push(took);
        }
    }
    for program in programs {
        report.time("start to ClientHello", program, median(&samples[&program]));
    }
    report.bar_of("start to ClientHello", Program::Create, Program::LibraryTls, 0.25);
}
