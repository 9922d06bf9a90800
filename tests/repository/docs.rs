//! The docs name the tests, and the tests name the rows of the docs' lists.

use crate::{cargo_toml, rust_files};
use payments_domain::{Amount, Refusal};
use payments_http::{ApiError, BodyError, Field, FieldError, RequestError, error_response};
use payments_language::Language;
use payments_test_function::repository_file;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

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

#[test]
fn the_code_the_contract_and_the_changelog_have_the_same_version() {
    let read = |path: &str| fs::read_to_string(repository_file(path)).expect(path);
    let code = cargo_toml()["workspace"]["package"]["version"].as_str().expect("a version").to_owned();
    assert!(read("openapi.yaml").contains(&format!("\n  version: {code}\n")), "openapi.yaml is of {code}");
    let changelog = read("CHANGELOG.md");
    let newest = changelog.lines().find_map(|line| line.strip_prefix("## ")).expect("a version");
    assert_eq!(code, format!("{newest}.0"), "the newest version in CHANGELOG.md");
}

/// The code in Java and Python on a page, as it is written there.
fn code_of(page: &str) -> Vec<String> {
    let blocks = page.split("\n```").skip(1).step_by(2);
    let code = blocks.filter_map(|block| block.strip_prefix("java\n").or_else(|| block.strip_prefix("python\n")));
    code.map(str::to_owned).collect()
}

#[test]
fn the_code_in_the_docs_is_code_that_runs() {
    let restart = ["openapi/java/src/main/java/kiosk/Restart.java", "openapi/python/restart.py"];
    let kiosk = [
        "kiosk/java/src/main/java/kiosk/Payments.java",
        "kiosk/java/src/test/java/kiosk/FaultsTest.java",
        "kiosk/python/payments.py",
        "kiosk/python/test_faults.py",
        "kiosk/java/src/test/java/kiosk/ContainerTest.java",
    ];
    for (page, files) in [
        ("docs/integration.md", &restart[..]),
        ("docs/integration.ko.md", &restart),
        ("docs/testing.md", &kiosk),
        ("docs/testing.ko.md", &kiosk),
    ] {
        let read = |path: &str| fs::read_to_string(repository_file(path)).unwrap_or_else(|_| panic!("{path}"));
        let blocks = code_of(&read(page));
        assert_eq!(blocks.len(), files.len(), "{page} shows the code of each file");
        for (block, file) in blocks.iter().zip(files) {
            let file = format!("tests/tools/{file}");
            assert!(read(&file).contains(block), "{page} shows other code than {file}: {block}");
        }
    }
}

/// The code and the messages of an error, as a row of a table: `| `CODE` | in Korean | in English |`.
fn row_of(error: &ApiError) -> String {
    let [ko, en] = [Language::Korean, Language::English].map(|language| {
        let answer = error_response(error, "request_1", language);
        serde_json::from_str::<Value>(answer.body()).expect("an error is JSON")
    });
    let text = |body: &Value, name: &str| body[name].as_str().expect("a text").to_owned();
    format!("| `{}` | {} | {} |", text(&ko, "code"), text(&ko, "message"), text(&en, "message"))
}

#[test]
fn the_korean_integration_guide_quotes_the_messages_of_every_code() {
    let page = fs::read_to_string(repository_file("docs/integration.ko.md")).expect("the guide");
    let (_, table) = page.split_once("| 코드 | `ko` | `en` |\n|---|---|---|\n").expect("its table of messages");
    let rows: Vec<_> = table.lines().take_while(|line| line.starts_with('|')).collect();
    let cause = || "down".into();
    let errors = [
        RequestError::Field(Field::OrderId, FieldError::Missing).into(),
        RequestError::Field(Field::Amount, FieldError::Broken(Amount::CONSTRAINT)).into(),
        RequestError::Body(BodyError::NotOneJsonObject).into(),
        RequestError::Unauthorized.into(),
        ApiError::Refused(Refusal::NotFound),
        RequestError::NoRoute.into(),
        RequestError::MethodNotAllowed { allow: "POST".to_owned() }.into(),
        ApiError::Refused(Refusal::AmountMismatch),
        ApiError::Refused(Refusal::PartialMismatch),
        RequestError::PayloadTooLarge.into(),
        RequestError::UnsupportedMediaType.into(),
        ApiError::Refused(Refusal::AlreadyCanceled),
        ApiError::Refused(Refusal::NotApproved),
        ApiError::Internal(cause()),
        ApiError::Unavailable(cause()),
        ApiError::ReadUnavailable(cause()),
    ];
    assert_eq!(rows, errors.iter().map(row_of).collect::<Vec<_>>());
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
    assert_eq!(numbers, (1..=48).collect::<Vec<_>>(), "each fault is listed once");
    for (number, row) in rows {
        let fault = format!("F{number}");
        let left_out = row.contains("Left out: ") && row.ends_with("| |");
        assert_ne!(left_out, is_numbered(&code, &fault), "{fault} has a test or is left out, and not both: {row}");
    }
}

#[test]
fn every_hostile_input_of_the_list_has_a_test_with_its_number_or_a_reason() {
    let code = code_in(&repository_file("tests/service/hostile"));
    let page = fs::read_to_string(repository_file("docs/reliability.md")).expect("docs/reliability.md");
    let left_out: BTreeMap<_, _> = rows_of(&page, 'H').into_iter().collect();
    for number in 1..=130 {
        let input = format!("H{number}");
        let is_tried = is_numbered(&code, &input);
        assert_ne!(left_out.contains_key(&number), is_tried, "{input} has a test or is left out, and not both");
    }
}
