//! The structure of the repository: which code may depend on which, and that every list of the functions is the same.

use payments_functions::FUNCTIONS;
use payments_store::LIMITS;
use payments_test_function::repository_file;
use payments_tests::{Client, HttpRequest, start_local_server};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};
use syn::visit::{self, Visit};
use yaml_rust2::{Yaml, YamlLoader};

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
#[cfg_attr(not(target_os = "linux"), ignore = "other systems need other crates, and tests/unify is kept for Linux")]
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
                     {sets:?}: add those that are missing to tests/unify/Cargo.toml"
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
    let of_the_local_server = ["atdd-payments", "dynoxide-rs", "axum", "clap", "cucumber"];
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
    let benchmark = locked("tests/benchmark/Cargo.lock");
    for package in FUNCTIONS.map(|function| function.package()) {
        for (name, versions) in brings_in(&package).into_iter().filter(|(name, _)| *name != package) {
            let there =
                benchmark.get(&name).unwrap_or_else(|| panic!("{name} is missing in the benchmark's lock file"));
            assert!(
                versions.is_subset(there),
                "the benchmark has {name} in {there:?}, and {package} in {versions:?}: copy Cargo.lock over \
                 tests/benchmark/Cargo.lock and let Cargo complete it"
            );
        }
    }
    let manifest = fs::read_to_string(repository_file("tests/benchmark/Cargo.toml")).expect("its manifest");
    let manifest: toml::Table = manifest.parse().expect("TOML");
    for profile in ["release", "quick"] {
        assert_eq!(manifest["profile"][profile], cargo_toml()["profile"][profile], "the profile {profile}");
    }
}

/// The modules of a crate that each of its modules uses, by their paths (`request::event`).
fn uses(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let source = repository_file(source);
    let files = rust_files(&source);
    let name_of = |file: &Path| {
        let path = file.strip_prefix(&source).expect("a file of the crate").with_extension("");
        let names = path.iter().map(|name| name.to_str().expect("UTF-8"));
        names.filter(|name| *name != "mod").collect::<Vec<_>>().join("::")
    };
    let modules: BTreeSet<_> = files.iter().map(|file| name_of(file)).collect();
    let uses = files.iter().map(|file| {
        let (module, code) = (name_of(file), fs::read_to_string(file).expect("UTF-8"));
        let mut uses = Uses { modules: &modules, module: &module, found: BTreeSet::new() };
        uses.visit_file(&syn::parse_file(&code).expect("Rust"));
        (module.clone(), uses.found)
    });
    uses.collect()
}

/// All Rust files in a folder.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let files = entries.flat_map(|path| match path.extension() {
        _ if path.is_dir() => rust_files(&path),
        Some(extension) if extension == "rs" => vec![path],
        _ => Vec::new(),
    });
    files.collect()
}

/// Finds the modules that a module uses, in its imports and elsewhere, but not in its tests.
struct Uses<'a> {
    modules: &'a BTreeSet<String>,
    module: &'a str,
    found: BTreeSet<String>,
}

impl Uses<'_> {
    /// Adds the module of a path: the longest beginning of it that is one, or the crate's root, which has the names that it exports.
    fn add(&mut self, path: &[String]) {
        let here = self.module.split("::").filter(|name| *name != "lib").collect::<Vec<_>>();
        let (base, names) = match path {
            [first, names @ ..] if first == "crate" => (Vec::new(), names),
            [first, names @ ..] if first == "super" => (here[..here.len().saturating_sub(1)].to_vec(), names),
            names => (here, names),
        };
        let absolute = base.iter().copied().chain(names.iter().map(String::as_str)).collect::<Vec<_>>();
        let beginnings = (base.len() + 1..=absolute.len()).rev().map(|end| absolute[..end].join("::"));
        let module = beginnings.into_iter().find(|name| self.modules.contains(name));
        let root = (path[0] == "crate").then(|| "lib".to_owned());
        self.found.extend(module.or(root).filter(|module| module != self.module));
    }

    fn add_tree(&mut self, path: &mut Vec<String>, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(part) => {
                path.push(part.ident.to_string());
                self.add_tree(path, &part.tree);
                path.pop();
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_tree(path, tree)),
            syn::UseTree::Name(syn::UseName { ident }) | syn::UseTree::Rename(syn::UseRename { ident, .. }) => {
                path.push(ident.to_string());
                self.add(path);
                path.pop();
            }
            syn::UseTree::Glob(_) => self.add(path),
        }
    }
}

impl<'ast> Visit<'ast> for Uses<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !module.attrs.iter().any(|attribute| attribute.path().is_ident("cfg")) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add_tree(&mut Vec::new(), &item.tree);
    }

    /// `pub(crate)` uses nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.add(&names);
        visit::visit_path(self, path);
    }
}

#[test]
fn no_modules_depend_on_each_other_in_a_circle() {
    for source in [
        "shared/domain/src",
        "shared/store/src",
        "shared/process/src",
        "shared/http/src",
        "local/src",
        "local/dynamodb/src",
        "local/server/src",
    ] {
        let mut uses = uses(source);
        // Remove each module that uses none of those that are left, until nothing changes. The rest is a circle.
        while let Some(free) = uses.iter().find(|(_, used)| used.iter().all(|used| !uses.contains_key(used))) {
            let free = free.0.clone();
            uses.remove(&free);
        }
        assert_eq!(uses, BTreeMap::new(), "these modules of {source} depend on each other in a circle");
    }
}

#[test]
fn the_modules_of_the_domain_depend_on_one_another_in_the_documented_order() {
    let order = ["value", "payment", "guard", "command", "decision"];
    let uses = uses("shared/domain/src");
    assert_eq!(uses.keys().map(String::as_str).collect::<BTreeSet<_>>(), order.into_iter().chain(["lib"]).collect());
    for (place, module) in order.iter().enumerate() {
        for used in &uses[*module] {
            assert!(order[..place].contains(&used.as_str()), "{module} must not depend on {used}");
        }
    }
}

#[test]
fn time_and_ids_come_from_outside() {
    let clippy = fs::read_to_string(repository_file("clippy.toml")).expect("clippy.toml");
    for banned in ["std::time::SystemTime::now", "uuid::Uuid::new_v4"] {
        assert!(clippy.contains(&format!("path = \"{banned}\"")), "clippy must refuse {banned}");
    }
}

/// Whether a word can only be the name of a test: three underscores or more.
fn is_a_tests_name(word: &str) -> bool {
    word.matches('_').count() >= 3 && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// All Rust code in a folder.
fn code_in(folder: &Path) -> String {
    rust_files(folder).into_iter().map(|file| fs::read_to_string(file).expect("UTF-8")).collect()
}

#[test]
fn every_test_that_the_docs_name_exists() {
    let folders = ["shared", "functions", "local", "tests"];
    let code = folders.map(|folder| code_in(&repository_file(folder))).concat();
    for page in ["docs/architecture.md", "docs/reliability.md", "SECURITY.md"] {
        let text = fs::read_to_string(repository_file(page)).expect(page);
        let named: Vec<_> = text.split('`').filter(|word| is_a_tests_name(word)).collect();
        assert!(named.len() >= 8, "{page} names its tests: {named:?}");
        for name in named {
            assert!(code.contains(&format!("fn {name}(")), "{page} names the test {name}, which is not there");
        }
    }
}

/// Whether a number of a list appears in the code: as a word, or in the name of a test. In small letters alone,
/// `f8_` is part of `utf8_`, and `f32` is a type.
fn is_numbered(code: &str, number: &str) -> bool {
    let small = number.to_lowercase();
    let named = [format!("fn {small}_"), format!("_and_{small}_")].iter().any(|name| code.contains(name));
    named || code.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == number)
}

/// The rows of a page's tables that begin with a number of this list, `| F1 |`, and the rest of each.
fn rows_of(page: &str, list: char) -> Vec<(u32, &str)> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_prefix(list)?.split_once(" | "));
    rows.filter_map(|(number, row)| Some((number.parse().ok()?, row))).collect()
}

#[test]
fn every_fault_of_the_list_has_a_test_with_its_number_or_a_reason() {
    let code = ["shared", "functions", "local", "tests"].map(|folder| code_in(&repository_file(folder))).concat();
    let page = fs::read_to_string(repository_file("docs/reliability.md")).expect("docs/reliability.md");
    let rows = rows_of(&page, 'F');
    let numbers: Vec<_> = rows.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=46).collect::<Vec<_>>(), "each fault is listed once");
    for (number, row) in rows {
        let fault = format!("F{number}");
        let left_out = row.contains("Left out: ") && row.ends_with("| |");
        assert_ne!(left_out, is_numbered(&code, &fault), "{fault} has a test or is left out, and not both: {row}");
    }
}

#[test]
fn every_hostile_input_of_the_list_has_a_test_with_its_number_or_a_reason() {
    let code = code_in(&repository_file("tests/hostile"));
    let page = fs::read_to_string(repository_file("docs/reliability.md")).expect("docs/reliability.md");
    let left_out: BTreeMap<_, _> = rows_of(&page, 'H').into_iter().collect();
    for number in 1..=118 {
        let input = format!("H{number}");
        let is_tried = is_numbered(&code, &input);
        assert_ne!(left_out.contains_key(&number), is_tried, "{input} has a test or is left out, and not both");
    }
}

fn template() -> Yaml {
    let text = fs::read_to_string(repository_file("template.yaml")).expect("template.yaml");
    YamlLoader::load_from_str(&text).expect("YAML").remove(0)
}

fn cargo_toml() -> toml::Table {
    fs::read_to_string(repository_file("Cargo.toml")).expect("Cargo.toml").parse().expect("TOML")
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

#[test]
fn the_local_table_has_the_key_of_the_deployed_one() {
    let table = &template()["Resources"]["PaymentsTable"]["Properties"];
    let key = &table["KeySchema"][0];
    assert_eq!((key["AttributeName"].as_str(), key["KeyType"].as_str()), (Some("paymentKey"), Some("HASH")));
    assert_eq!(table["KeySchema"].as_vec().map(Vec::len), Some(1));
    assert_eq!(table["AttributeDefinitions"][0]["AttributeType"].as_str(), Some("S"));
}
