//! The contract as Gherkin features, against any service that keeps it.
//!
//! The features run against a local server on a free port, or against the service that `PAYMENTS_BASE_URL` and
//! `PAYMENTS_SECRET_KEY` name. Scenarios tagged `@front` are about the program in front of the functions. Other front ends
//! answer those requests in their own way, so these scenarios run only against the local server. For scenarios tagged `@receipts`
//! there is a second local server over the same table, with receipts, so they run only if the features start both.
//!
//! Every answer is also checked against `openapi.yaml`, and every answer that it describes must occur: in a scenario or, if no request
//! causes it, from a failing store.

mod failing_store;
mod fault_steps;
mod steps;
mod world;

use cucumber::World as _;
use cucumber::writer::Stats as _;
use payments_process::system_clock;
use payments_test_function::{SECRET_KEY, repository_file};
use payments_tests::{Client, HttpRequest, OpenApi, serve_with_receipts, start_local_server};
use std::sync::Arc;
use world::{PaymentsWorld, ServiceUnderTest};

/// The status that only API Gateway answers.
const OF_THE_GATEWAY: u16 = 429;

#[tokio::main]
async fn main() {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let elsewhere = set("PAYMENTS_BASE_URL");
    let mut running = None;
    let base_url = match &elsewhere {
        Some(base_url) => base_url.clone(),
        None => running.insert(start_local_server().await).base_url.clone(),
    };
    let secret_key =
        set("PAYMENTS_SECRET_KEY").filter(|_| elsewhere.is_some()).unwrap_or_else(|| SECRET_KEY.to_owned());
    println!("The features run against {base_url}");
    let contract = Arc::new(OpenApi::read());
    let mut with_receipts = None;
    if let Some(running) = &running {
        with_receipts = Some(serve_with_receipts("A <shop> & Co.", SECRET_KEY, &running.table, system_clock()).await);
    }
    let service = |base_url: &str| ServiceUnderTest::new(base_url, secret_key.clone(), Arc::clone(&contract));
    world::SERVICE.set(service(&base_url)).expect("set once");
    if let Some(running) = &with_receipts {
        world::WITH_RECEIPTS.set(service(&running.base_url)).expect("set once");
    }

    let health = HttpRequest { method: "GET".to_owned(), ..HttpRequest::post("/__local/health", "", "") };
    let local = Client::new(&base_url).send(health).await.status == 200;
    assert!(local || elsewhere.is_some(), "the local server has just been started");
    if !local {
        println!("Left out: scenarios tagged @front, because the front end is not that of the local server.");
    }
    let has_receipts = with_receipts.is_some();
    if !has_receipts {
        println!("Left out: scenarios tagged @receipts, because they need two servers over one table.");
    }
    let run = PaymentsWorld::cucumber()
        .fail_on_skipped()
        .filter_run(repository_file("tests/acceptance/features"), move |feature, rule, scenario| {
            let rule_tags = rule.map(|rule| rule.tags.as_slice()).unwrap_or_default();
            let has =
                |name| [&feature.tags, rule_tags, &scenario.tags].iter().any(|tags| tags.iter().any(|tag| tag == name));
            (local || !has("front")) && (has_receipts || !has("receipts"))
        })
        .await;
    if run.execution_has_failed() {
        std::process::exit(1);
    }
    let all_scenarios = has_receipts && std::env::args().len() == 1;
    if all_scenarios {
        failing_store::a_failing_store_is_answered_as_openapi_yaml_says().await;
        let is_of_a_scenario = |status| status != OF_THE_GATEWAY && !failing_store::STATUSES.contains(&status);
        let described = contract.described(is_of_a_scenario);
        let unseen: Vec<_> = described.difference(&contract.seen()).cloned().collect();
        assert!(unseen.is_empty(), "openapi.yaml has answers that no scenario gets: {unseen:?}");
    }
}
