//! Every list of the functions is the same: in the code, in the template, in the router of `cargo lambda watch`, in the local server.

use crate::cargo_toml;
use aws_sdk_dynamodb::types::KeySchemaElement;
use payments_functions::FUNCTIONS;
use payments_http::Audience;
use payments_process::system_clock;
use payments_store::{LIMITS, ORDER_INDEX};
use payments_test_function::{SECRET_KEY, path_of, repository_file};
use payments_test_table::empty_table;
use payments_tests::{Client, HttpRequest, serve_with_receipts, start_local_server};
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
    let with_receipts = serve_with_receipts("A shop", SECRET_KEY, &running.table, system_clock()).await;
    for (running, has_pages) in [(&running, false), (&with_receipts, true)] {
        let client = Client::new(&running.base_url);
        for function in FUNCTIONS {
            let path = path_of(function.name, "pay_1");
            let method = function.route.method.to_owned();
            let answer = client.send(HttpRequest { method, ..HttpRequest::post(&path, "", "{}") }).await;
            match function.audience {
                Audience::Backends => assert_eq!(answer.code(), "UNAUTHORIZED", "{path} is served"),
                Audience::Customers(_) => {
                    assert_eq!(answer.headers["content-type"].starts_with("text/html"), has_pages, "{path}: {answer}");
                }
            }
        }
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

/// The names and the types of a key's elements: `orderId HASH`.
fn keys(schema: &[KeySchemaElement]) -> Vec<String> {
    schema.iter().map(|element| format!("{} {}", element.attribute_name(), element.key_type().as_str())).collect()
}

/// The values of these fields in each entry of a list of the template, in one text.
fn fields(list: &Yaml, names: [&str; 2]) -> Vec<String> {
    let text =
        |entry: &Yaml, name: &str| entry[name].as_str().unwrap_or_else(|| panic!("{name}: {entry:?}")).to_owned();
    list.as_vec().expect("a list").iter().map(|entry| names.map(|name| text(entry, name)).join(" ")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_local_table_has_the_key_and_the_index_of_the_deployed_one() {
    let local = empty_table().await.describe().await;
    let deployed = &template()["Resources"]["PaymentsTable"]["Properties"];
    let element = ["AttributeName", "KeyType"];
    assert_eq!(keys(local.key_schema()), fields(&deployed["KeySchema"], element));
    let mut attributes = fields(&deployed["AttributeDefinitions"], ["AttributeName", "AttributeType"]);
    let of_local = local.attribute_definitions().iter();
    let mut of_local: Vec<_> =
        of_local.map(|it| format!("{} {}", it.attribute_name(), it.attribute_type().as_str())).collect();
    attributes.sort();
    of_local.sort();
    assert_eq!(of_local, attributes);

    let [index] = local.global_secondary_indexes() else { panic!("one index: {local:?}") };
    let deployed = &deployed["GlobalSecondaryIndexes"][0];
    assert_eq!(index.index_name(), deployed["IndexName"].as_str());
    assert_eq!(index.index_name(), Some(ORDER_INDEX), "the store asks it");
    assert_eq!(keys(index.key_schema()), fields(&deployed["KeySchema"], element));
    let projection = index.projection().and_then(|projection| projection.projection_type());
    assert_eq!(projection.map(|kind| kind.as_str()), deployed["Projection"]["ProjectionType"].as_str());
}
