//! Which crates a package brings into a build, and with which features.

use crate::cargo_toml;
use payments_functions::FUNCTIONS;
use payments_test_function::repository_file;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::{env, fs};

/// What `cargo tree` prints for these arguments, a line for each crate.
fn cargo_tree(arguments: &[&str]) -> String {
    let tree = Command::new(env::var("CARGO").expect("cargo runs the tests"))
        .args(["tree", "--offline", "--locked", "--prefix", "none"])
        .args(arguments)
        .current_dir(repository_file("."))
        .output()
        .expect("cargo tree");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    String::from_utf8(tree.stdout).expect("UTF-8")
}

/// Every crate that a package brings into a build, by name, with its versions.
fn brings_in(package: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut crates = BTreeMap::<String, BTreeSet<String>>::new();
    for line in cargo_tree(&["--edges", "normal,build", "--package", package]).lines() {
        let mut words = line.split(' ');
        if let (Some(name), Some(version)) = (words.next(), words.next()) {
            crates.entry(name.to_owned()).or_default().insert(version.trim_start_matches('v').to_owned());
        }
    }
    assert!(crates.contains_key(package));
    crates
}

/// The features with which a command builds each crate from crates.io. payments-unify influences them, but its own dependencies
/// are left out: Cargo does not build those of its build script, because it has none.
fn features(edges: &str, selection: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let arguments = ["--format", "{p}|{f}|", "--prune", "payments-unify", "--edges", edges];
    let mut crates = BTreeMap::<String, BTreeSet<String>>::new();
    for line in cargo_tree(&[&arguments, selection].concat()).lines() {
        // `serde v1.0.229|default,std|`. A crate of this repository has its folder behind the version.
        if let [krate, features, _] = line.split('|').collect::<Vec<_>>()[..]
            && !krate.contains(" (/")
        {
            crates.entry(krate.to_owned()).or_default().insert(features.to_owned());
        }
    }
    assert!(crates.len() > 100, "{edges} {selection:?}: {crates:?}");
    crates
}

/// Cargo separates the features of build scripts and macros from the others. So the code that runs is compared first, and then
/// everything.
#[test]
#[cfg_attr(
    not(target_os = "linux"),
    ignore = "other systems need other crates, and tests/support/unify is kept for Linux"
)]
fn no_crate_is_built_a_second_time_for_the_tests() {
    for edges in ["no-proc-macro,normal", "normal,build"] {
        let with_dev = format!("{edges},dev");
        let build = ("cargo build".to_owned(), features(edges, &[]));
        let tests = ("cargo test --workspace".to_owned(), features(&with_dev, &["--workspace"]));
        let of_one = ["payments-store", "payments-http", "payments-confirm"]
            .map(|package| (format!("cargo test --package {package}"), features(&with_dev, &["--package", package])));
        let after_the_tests = of_one.iter().map(|one| (&tests, one));
        for ((first, built), (second, wanted)) in std::iter::once((&build, &tests)).chain(after_the_tests) {
            for (krate, sets) in built {
                let again: Vec<_> =
                    wanted.get(krate).into_iter().flatten().filter(|set| !sets.contains(*set)).collect();
                assert!(
                    again.is_empty(),
                    "after `{first}`, `{second}` builds {krate} a second time, with the features {again:?} and not \
                     {sets:?}: add those that are missing to tests/support/unify/Cargo.toml"
                );
            }
        }
    }
}

#[test]
fn the_tests_of_a_shared_crate_need_no_crate_above_it() {
    let all_above = ["atdd-payments", "payments-tests"];
    let above_the_process = [
        "payments-http",
        "payments-functions",
        "payments-create",
        "payments-confirm",
        "payments-cancel",
        "lambda_http",
        "lambda_runtime",
    ];
    let above_the_store = [&above_the_process[..], &["payments-process"]].concat();
    let above_the_domain = ["payments-store", "payments-dynamodb", "aws-sdk-dynamodb", "tokio"];
    for (package, above) in [
        ("payments-http", all_above.to_vec()),
        ("payments-confirm", all_above.to_vec()),
        ("payments-process", [&all_above[..], &above_the_process].concat()),
        ("payments-store", [&all_above[..], &above_the_store].concat()),
        ("payments-domain", [&all_above[..], &above_the_store, &above_the_domain].concat()),
    ] {
        let crates = cargo_tree(&["--edges", "normal,build,dev", "--package", package]);
        for stranger in above {
            assert!(
                !crates.lines().any(|line| line.split(' ').next() == Some(stranger)),
                "the tests of {package} must not need {stranger}"
            );
        }
    }
}

#[test]
fn the_domain_depends_on_neither_aws_nor_http_nor_an_async_runtime() {
    let crates = brings_in("payments-domain");
    let strangers: Vec<_> = crates
        .keys()
        .filter(|name| {
            ["aws", "lambda", "http", "hyper", "tokio", "axum", "serde", "tower", "payments-"]
                .iter()
                .any(|stranger| name.starts_with(stranger) && *name != "payments-domain")
        })
        .collect();
    assert_eq!(strangers, Vec::<&String>::new());
}

#[test]
fn a_function_has_one_tls_stack_and_no_crate_that_it_does_not_need() {
    let of_the_local_server =
        ["atdd-payments", "payments-server", "payments-dynamodb", "dynoxide-rs", "axum", "clap", "cucumber"];
    let large_or_slow_to_start = ["aws-lc-rs", "openssl", "aws-sdk-sso", "regex-automata"];
    for package in FUNCTIONS.map(|function| function.package()) {
        let crates = brings_in(&package);
        for stranger in of_the_local_server.into_iter().chain(large_or_slow_to_start) {
            assert!(!crates.contains_key(stranger), "{package} must not bring in {stranger}");
        }
        for single in ["rustls", "hyper", "h2", "hyper-rustls"] {
            let versions = crates.get(single).cloned().unwrap_or_default();
            assert!(versions.len() <= 1, "{package} brings in {single} in {versions:?}");
        }
    }
}

#[test]
fn cargo_run_builds_no_test_tool() {
    let crates = brings_in("atdd-payments");
    for tool in ["cucumber", "goose", "stateright", "proptest", "criterion", "gungraun", "yaml-rust2"] {
        assert!(!crates.contains_key(tool), "{tool} is for tests");
    }
}

/// The versions of each crate that a lock file names.
fn locked(file: &str) -> BTreeMap<String, BTreeSet<String>> {
    let lock: toml::Table = fs::read_to_string(repository_file(file)).expect("a lock file").parse().expect("TOML");
    let mut crates = BTreeMap::<String, BTreeSet<String>>::new();
    for package in lock["package"].as_array().expect("packages") {
        let text = |name: &str| package[name].as_str().expect("a text").to_owned();
        crates.entry(text("name")).or_default().insert(text("version"));
    }
    crates
}

#[test]
fn the_benchmark_measures_what_is_deployed() {
    let benchmark = locked("tests/tools/benchmark/Cargo.lock");
    for package in FUNCTIONS.map(|function| function.package()) {
        for (name, versions) in brings_in(&package).into_iter().filter(|(name, _)| *name != package) {
            let there =
                benchmark.get(&name).unwrap_or_else(|| panic!("{name} is missing in the benchmark's lock file"));
            assert!(
                versions.is_subset(there),
                "the benchmark has {name} in {there:?}, and {package} in {versions:?}: copy Cargo.lock over \
                 tests/tools/benchmark/Cargo.lock and let Cargo complete it"
            );
        }
    }
    let manifest = fs::read_to_string(repository_file("tests/tools/benchmark/Cargo.toml")).expect("its manifest");
    let manifest: toml::Table = manifest.parse().expect("TOML");
    for profile in ["release", "quick"] {
        assert_eq!(manifest["profile"][profile], cargo_toml()["profile"][profile], "the profile {profile}");
    }
}

#[test]
fn a_panic_unwinds_and_each_binary_has_its_own_name() {
    let manifest = cargo_toml();
    assert_eq!(manifest["profile"]["release"]["panic"].as_str(), Some("unwind"), "cargo-lambda aborts otherwise");
    let metadata = Command::new(env::var("CARGO").expect("cargo runs the tests"))
        .args(["metadata", "--offline", "--locked", "--no-deps", "--format-version", "1"])
        .current_dir(repository_file("."))
        .output()
        .expect("cargo metadata");
    let metadata: Value = serde_json::from_slice(&metadata.stdout).expect("JSON");
    let mut binaries = BTreeSet::new();
    for package in metadata["packages"].as_array().expect("packages") {
        for target in package["targets"].as_array().expect("targets") {
            if target["kind"][0] == "bin" {
                assert!(
                    binaries.insert(target["name"].to_string()),
                    "{} is there twice: sam build mixes them",
                    target["name"]
                );
            }
        }
    }
    assert!(binaries.len() >= FUNCTIONS.len());
}
