//! The answers to hostile and malformed requests. Tests name the rows of the catalogue by their numbers, H1 to H130;
//! docs/reliability.md says what the groups are, and which rows are left out.

mod authorization;
mod bodies;
mod events;
mod framing;
mod languages;
mod paths;
mod receipts;
mod request;
mod sequences;
mod service;
mod values;

use payments_test_function::repository_file;
use request::{Case, Expected, RawRequest, Way};
use serde_json::Value;
use service::AttackedService;
use std::collections::BTreeSet;
use std::{env, fs};

/// Every case of every table.
fn cases() -> Vec<Case> {
    let tables = [
        authorization::cases,
        paths::cases,
        framing::cases,
        bodies::broken,
        bodies::unusual,
        values::cases,
        languages::cases,
        receipts::cases,
    ];
    tables.into_iter().flat_map(|cases| cases()).chain(reads_with_hostile_headers()).collect()
}

/// The headers of H1 to H33 in a read and in a list, whose answers show payments.
fn reads_with_hostile_headers() -> impl Iterator<Item = Case> {
    let of_a_create = authorization::cases().into_iter().filter(|case| case.request.target == "/v1/payments");
    let reads = [(RawRequest::retrieve as fn() -> RawRequest, Expected::Unknown), (RawRequest::list, Expected::Listed)];
    of_a_create.flat_map(move |case| {
        reads.map(|(read, valid)| {
            let request = RawRequest { headers: case.request.headers.clone(), ..read() };
            let expected = if case.expected == Expected::Done { valid } else { case.expected };
            Case { what: format!("{}, {}", case.what, request.operation), request, expected, ..case }
        })
    })
}

/// Each case gets the answer of the contract, a refused request writes nothing, and no output contains a secret.
async fn all_are_answered(way: Way) {
    let service = AttackedService::start().await;
    let (mut wrong, mut stored) = (Vec::new(), BTreeSet::new());
    let cases: Vec<_> = cases().into_iter().filter(|case| case.ways.contains(&way)).collect();
    for case in &cases {
        wrong.extend(service.try_case(case, way).await);
        if case.expected == Expected::Done {
            stored.insert(case.request.key.clone());
        }
    }
    println!("{way:?}: {} cases", cases.len());
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    let items = service.table.all().await;
    assert_eq!(items.keys().cloned().collect::<BTreeSet<_>>(), stored, "only successful creates are stored");
    for case in cases.iter().filter(|case| case.expected == Expected::Done) {
        let item = &items[&case.request.key];
        assert_eq!(item["status"].as_s().expect("text"), "INITIATED", "{}", case.what);
        assert_eq!(item.len(), 7, "only the terms of the request are stored, {}: {item:?}", case.what);
        if let Ok(sent) = serde_json::from_slice::<Value>(&case.request.body) {
            assert_eq!(item["amount"].as_n().expect("a number"), &sent["amount"].to_string(), "{}", case.what);
            assert_eq!(item["orderId"].as_s().expect("text"), &sent["orderId"], "{}", case.what);
        }
    }
    service.kept_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_no_hostile_input_causes_a_5xx_a_write_or_a_leak() {
    all_are_answered(Way::Http).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn as_events_no_hostile_input_causes_a_5xx_a_write_or_a_leak() {
    all_are_answered(Way::Event).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_refuses_every_broken_body_and_a_read_ignores_it() {
    let service = AttackedService::start().await;
    let broken = bodies::broken();
    let rules: BTreeSet<_> = broken.iter().map(|case| &case.what).collect();
    assert_eq!(rules.len(), broken.len(), "each has its own name");
    println!("{} broken bodies", rules.len());
    let cut_off = RawRequest::create().body.len();
    assert!(rules.len() >= 200 + cut_off, "200 of them, without those that are only cut off: {}", rules.len());
    let mut wrong = Vec::new();
    for operation in ["confirm", "cancel"] {
        for case in &broken {
            let good = RawRequest::to(operation);
            let request = RawRequest { body: case.request.body.clone(), ..good };
            wrong.extend(service.try_case(&Case { request, ..case.clone() }, Way::Event).await);
        }
    }
    for case in &broken {
        let request = RawRequest::retrieve().body(case.request.body.clone());
        let expected = if case.expected == request::TOO_LARGE { request::TOO_LARGE } else { Expected::Unknown };
        wrong.extend(service.try_case(&Case { request, expected, ..case.clone() }, Way::Event).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    service.kept_its_secrets();
}

/// H90: the files of <https://github.com/nst/JSONTestSuite>, each as a body and as the value of an unknown field. `n_` is for files
/// that no parser accepts, `y_` for files that each parser accepts, `i_` for those that it may accept.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "JSON_TEST_SUITE names the folder test_parsing of that repository"]
async fn h90_the_files_of_a_public_suite_are_accepted_or_refused_by_their_names() {
    let service = AttackedService::start().await;
    let folder = repository_file(&env::var("JSON_TEST_SUITE").expect("JSON_TEST_SUITE"));
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let (mut wrong, mut tried) = (Vec::new(), [0, 0, 0]);
    for file in files {
        let name = file.file_name().and_then(|name| name.to_str()).expect("UTF-8").to_owned();
        let bytes = fs::read(&file).expect("a file");
        let good = RawRequest::create();
        let (last, rest) = good.body.split_last().expect("an object");
        let inside = [rest, b",\"x\":", &bytes, &[*last]].concat();
        let inside = good.clone().body(inside);
        let refused = if std::str::from_utf8(&bytes).is_ok() { request::NO_JSON } else { request::NO_UTF_8 };
        let expected = match &name[..2] {
            _ if inside.body.len() > 16_384 => request::TOO_LARGE,
            "n_" => refused,
            "i_" if refused == request::NO_UTF_8 || bytes.starts_with(b"\xef\xbb\xbf") => refused,
            "y_" | "i_" => Expected::Done,
            other => panic!("{other}"),
        };
        tried[["n_", "i_", "y_"].iter().position(|kind| name.starts_with(kind)).expect("a kind")] += 1;
        wrong.extend(service.try_case(&inside.is("H90", format!("{name} as a value"), expected), Way::Http).await);
        // An object of the suite lacks the fields of a payment. In one of them, a name is half a character.
        let is_object = bytes.trim_ascii_start().starts_with(b"{") && !name.contains("object_key_lone");
        let refused = match &bytes[..] {
            [0xef, 0xbb, 0xbf, ..] => request::BYTE_ORDER_MARK,
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => request::UTF_16,
            _ => refused,
        };
        let expected = match expected {
            Expected::Done if is_object => request::PAYMENT_KEY,
            Expected::Done => request::NO_JSON,
            _ if bytes.len() > 16_384 => request::TOO_LARGE,
            _ => refused,
        };
        let whole = RawRequest::create().body(bytes);
        wrong.extend(service.try_case(&whole.is("H90", name, expected), Way::Http).await);
    }
    println!("{tried:?} files that must be refused, that may be, and that must not be");
    assert!(tried[0] > 180 && tried[2] > 90, "{tried:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    service.kept_its_secrets();
}
