//! The contract as Gherkin features, against any service that keeps it.
//!
//! The features run against a local copy on a free port, or against the service that `PAYMENTS_BASE_URL` and
//! `PAYMENTS_SECRET_KEY` name. Scenarios tagged `@front` are about what stands in front of the functions. A front end other
//! than the local copy's answers those requests in its own way, so they are left out there.

#[path = "acceptance/steps.rs"]
mod steps;
#[path = "acceptance/world.rs"]
mod world;

use cucumber::World as _;
use payments_tests::{Client, Request, SECRET_KEY, repository_file, start_local_copy};
use world::{PaymentsWorld, ServiceUnderTest};

#[tokio::main]
async fn main() {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let elsewhere = set("PAYMENTS_BASE_URL");
    let mut running = None;
    let base_url = match &elsewhere {
        Some(base_url) => base_url.clone(),
        None => running.insert(start_local_copy().await).base_url.clone(),
    };
    let secret_key =
        set("PAYMENTS_SECRET_KEY").filter(|_| elsewhere.is_some()).unwrap_or_else(|| SECRET_KEY.to_owned());
    println!("The features run against {base_url}");
    world::SERVICE.set(ServiceUnderTest::new(&base_url, secret_key)).expect("set once");

    let health = Request { method: "GET".to_owned(), ..Request::post("/__local/health", "", "") };
    let local = Client::new(&base_url).send(health).await.status == 200;
    assert!(local || elsewhere.is_some(), "the local copy has just been started");
    if !local {
        println!("Left out: scenarios tagged @front, because the front end is not that of the local copy.");
    }
    PaymentsWorld::cucumber()
        .fail_on_skipped()
        .filter_run_and_exit(repository_file("tests/features"), move |feature, rule, scenario| {
            let rule_tags = rule.map(|rule| rule.tags.as_slice()).unwrap_or_default();
            let front =
                [&feature.tags, rule_tags, &scenario.tags].iter().any(|tags| tags.iter().any(|tag| tag == "front"));
            local || !front
        })
        .await;
}
