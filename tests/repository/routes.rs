//! Every list of the functions is the same: in the code, in the template, in the router of `cargo lambda watch`, in the local server.

use crate::cargo_toml;
use payments_functions::FUNCTIONS;
use payments_store::LIMITS;
use payments_test_function::repository_file;
use payments_tests::{Client, HttpRequest, start_local_server};
use std::collections::BTreeMap;
use std::fs;
use yaml_rust2::{Yaml, YamlLoader};

fn template() -> Yaml {
    let text = fs::read_to_string(repository_file("template.yaml")).expect("template.yaml");
    YamlLoader::load_from_str(&text).expect("YAML").remove(0)
}

#[test]
fn the_template_routes_as_the_code_does() {
    let resources = &template()["Resources"];
    for listed in FUNCTIONS {
        let (logical_id, package) = (listed.logical_id(), listed.package());
        let function = &resources[logical_id.as_str()]["Properties"];
        let events = function["Events"].as_hash().unwrap_or_else(|| panic!("{logical_id} needs an event"));
        let routes: Vec<_> = events
            .values()
            .map(|event| {
                let event = &event["Properties"];
                let method = event["Method"].as_str().expect("a method").to_uppercase();
                format!("{method} {}", event["Path"].as_str().expect("a path"))
            })
            .collect();
        assert_eq!(routes, [listed.route.gateway_key()], "{logical_id}");
        let manifest = format!("{}/Cargo.toml", function["CodeUri"].as_str().expect("a CodeUri"));
        let manifest = fs::read_to_string(repository_file(&manifest)).expect("the function's package");
        assert!(manifest.contains(&format!("name = \"{package}\"")), "{logical_id} is built from {package}");
    }
}

#[test]
fn cargo_lambda_watch_routes_as_the_code_does() {
    let router = &cargo_toml()["workspace"]["metadata"]["lambda"]["watch"]["router"];
    let watched: BTreeMap<String, String> = router
        .as_table()
        .expect("a table of routes")
        .iter()
        .flat_map(|(path, targets)| {
            let targets = targets.as_array().expect("a list of methods");
            targets.iter().map(move |target| {
                let text = |name: &str| target[name].as_str().expect(name).to_owned();
                (format!("{} {path}", text("method")), text("function"))
            })
        })
        .collect();
    let coded = FUNCTIONS.map(|function| (function.route.gateway_key(), function.package()));
    assert_eq!(watched, BTreeMap::from(coded));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_local_server_routes_as_the_code_does() {
    let running = start_local_server().await;
    let client = Client::new(&running.base_url);
    for function in FUNCTIONS {
        let path = function.route.path.replace("{paymentKey}", "pay_1");
        let method = function.route.method.to_owned();
        let answer = client.send(HttpRequest { method, ..HttpRequest::post(&path, "", "{}") }).await;
        assert_eq!(answer.code(), "UNAUTHORIZED", "{path} is served");
    }
}

#[test]
fn lambda_waits_longer_than_the_store() {
    let template = template();
    for logical_id in FUNCTIONS.map(|function| function.logical_id()) {
        let own = &template["Resources"][logical_id.as_str()]["Properties"]["Timeout"];
        let timeout = own.as_i64().or_else(|| template["Globals"]["Function"]["Timeout"].as_i64());
        let timeout = timeout.unwrap_or_else(|| panic!("{logical_id} needs a written-out Timeout"));
        assert!(
            timeout > LIMITS.operation.as_secs().cast_signed(),
            "{logical_id} would be cut off at {timeout} s while its store may take {:?}",
            LIMITS.operation
        );
    }
}

#[test]
fn the_local_table_has_the_key_of_the_deployed_one() {
    let table = &template()["Resources"]["PaymentsTable"]["Properties"];
    let key = &table["KeySchema"][0];
    assert_eq!((key["AttributeName"].as_str(), key["KeyType"].as_str()), (Some("paymentKey"), Some("HASH")));
    assert_eq!(table["KeySchema"].as_vec().map(Vec::len), Some(1));
    assert_eq!(table["AttributeDefinitions"][0]["AttributeType"].as_str(), Some("S"));
}
