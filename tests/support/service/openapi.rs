//! The contract in `openapi.yaml`, against which real requests and answers are checked.

use crate::HttpRequest;
use jsonschema::Validator;
use payments_test_function::{Answer, repository_file};
use percent_encoding::percent_decode_str;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::sync::Mutex;
use yaml_rust2::{Yaml, YamlLoader};

/// The contract, and which of the answers in it were seen.
#[derive(Debug)]
pub struct OpenApi {
    document: Value,
    /// The components, stricter than in the document: an object has no field that is not described, and a value is one of those
    /// that `x-extensible-enum` names. Clients must accept what later versions add; the tests must notice it.
    closed: Value,
    seen: Mutex<BTreeSet<String>>,
}

impl OpenApi {
    pub fn read() -> Self {
        let text = std::fs::read_to_string(repository_file("openapi.yaml")).expect("openapi.yaml");
        let mut document = to_json(&YamlLoader::load_from_str(&text).expect("YAML")[0]);
        spell_null(&mut document["components"]["schemas"]);
        let mut closed = document["components"].clone();
        close(&mut closed["schemas"]);
        // Only API Gateway's own answers have no code.
        closed["schemas"]["ApiError"]["required"] = json!(["code", "message"]);
        Self { document, closed, seen: Mutex::default() }
    }

    /// Every answer that is described with a status that is `wanted`, and every example of an error: `409 confirmPayment
    /// AMOUNT_MISMATCH` and `409 AMOUNT_MISMATCH orderId or amount does not match the payment.` Pages have no examples: `404 showReceipt
    /// as a page`.
    pub fn described(&self, wanted: impl Fn(u16) -> bool) -> BTreeSet<String> {
        let mut described = BTreeSet::new();
        let operations = self.paths().values().flat_map(|path| path.as_object().expect("operations").values());
        for operation in operations {
            for (status, response) in operation["responses"].as_object().expect("responses") {
                let status = status.parse().expect("a status");
                if wanted(status) {
                    let response = self.resolve(response);
                    let bodies = self.examples(response);
                    described.extend(bodies.flat_map(|body| lines_for(status, operation, body)));
                    let is_page = response["content"][PAGE].is_object();
                    described.extend(is_page.then(|| line_for_page(status, operation)));
                }
            }
        }
        described
    }

    /// Which of these were seen in the answers that were checked so far.
    pub fn seen(&self) -> BTreeSet<String> {
        self.seen.lock().expect("not poisoned").clone()
    }

    /// Checks an answer against the description, and the description against the answer.
    ///
    /// # Panics
    /// If they disagree.
    pub fn check(&self, request: &HttpRequest, answer: &Answer) {
        let operations = self.operations_at(&request.path);
        let of_method = operations.iter().find(|(method, ..)| *method == request.method);
        let Some((_, operation, parameter)) = of_method.or(operations.first()) else {
            assert_eq!(answer.status, 404, "openapi.yaml does not have this path: {request:?} {answer:?}");
            return;
        };
        assert_eq!(of_method.is_none(), answer.status == 405, "405 is for other methods: {request:?} {answer:?}");
        let name = name_of(operation);
        let status = answer.status.to_string();
        let response = self.resolve(&operation["responses"][&status]);
        assert!(response.is_object(), "openapi.yaml does not have {status} for {name}: {answer:?}");
        self.check_headers(response, answer);
        if request.method != "HEAD" && media_type(answer) == PAGE {
            self.hold(&response["content"][PAGE]["schema"], &json!(answer.body), "the page");
            self.seen.lock().expect("not poisoned").insert(line_for_page(answer.status, operation));
        } else if request.method != "HEAD" {
            self.check_body(response, answer);
            let body = answer.json();
            let is_described = self.examples(response).any(|example| example["code"] == body["code"]);
            assert!(is_described, "openapi.yaml does not have this code for {name}: {answer:?}");
            self.seen.lock().expect("not poisoned").extend(lines_for(answer.status, operation, &body));
        }
        // A GET has no body that is read.
        let read = if operation["requestBody"].is_null() { &b"null"[..] } else { &request.body };
        if let Ok(body) = serde_json::from_slice::<Value>(read) {
            let good = self.takes(operation, parameter.as_deref(), &body);
            assert!(good || answer.status != 200, "{name} accepted what openapi.yaml forbids: {request:?}");
            let refused = answer.status == 400 && !is_written_otherwise(read, &body);
            assert!(!good || !refused, "{name} refused what openapi.yaml allows: {request:?} {answer:?}");
        }
    }

    fn paths(&self) -> &serde_json::Map<String, Value> {
        self.document["paths"].as_object().expect("paths")
    }

    /// The operations at a path, each with its method and the value of its parameter. More than one described path can match: the key
    /// of a payment may be `confirm`.
    fn operations_at(&self, path: &str) -> Vec<(String, &Value, Option<String>)> {
        let path = path.split('?').next().unwrap_or_default();
        let segments: Vec<_> = path.split('/').map(|s| percent_decode_str(s).decode_utf8_lossy()).collect();
        let is_parameter = |expected: &str| expected.starts_with('{');
        let is_here = |pattern: &[&str]| {
            pattern.len() == segments.len()
                && pattern
                    .iter()
                    .zip(&segments)
                    .all(|(expected, segment)| expected == segment || (is_parameter(expected) && !segment.is_empty()))
        };
        let mut found = Vec::new();
        for (pattern, described) in self.paths() {
            let pattern: Vec<_> = pattern.split('/').collect();
            let place = pattern.iter().position(|expected| is_parameter(expected));
            let operations = described.as_object().into_iter().flatten().filter(|_| is_here(&pattern));
            found.extend(operations.map(|(method, operation)| {
                (method.to_uppercase(), operation, place.map(|place| segments[place].to_string()))
            }));
        }
        found
    }

    /// Whether a request is as described.
    fn takes(&self, operation: &Value, parameter: Option<&str>, body: &Value) -> bool {
        let body_is_good = operation["requestBody"].is_null() || {
            let content = &self.resolve(&operation["requestBody"])["content"]["application/json"];
            validator(&content["schema"], &self.document["components"]).is_valid(body)
        };
        let described = operation["parameters"].get(0);
        assert_eq!(described.is_some(), parameter.is_some(), "the parameter of the path is described");
        body_is_good
            && described.zip(parameter).is_none_or(|(described, value)| {
                validator(&described["schema"], &self.document["components"]).is_valid(&json!(value))
            })
    }

    fn check_headers(&self, response: &Value, answer: &Answer) {
        let described: BTreeMap<String, &Value> = response["headers"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, header)| (name.to_lowercase(), self.resolve(header)))
            .collect();
        for (name, header) in &described {
            match answer.headers.get(name) {
                None => assert_ne!(header["required"], true, "the header {name} is missing: {answer:?}"),
                Some(value) => self.hold(&header["schema"], &json!(value), name),
            }
        }
        for name in ["idempotent-replayed", "retry-after", "www-authenticate", "allow"] {
            let is_described = described.contains_key(name);
            assert!(is_described || !answer.headers.contains_key(name), "{name} is not described for {answer:?}");
        }
    }

    fn check_body(&self, response: &Value, answer: &Answer) {
        let media_type = media_type(answer);
        let content = &response["content"][media_type];
        assert!(content.is_object(), "openapi.yaml does not have the media type {media_type}: {answer:?}");
        self.hold(&content["schema"], &answer.json(), "the body");
    }

    fn hold(&self, schema: &Value, value: &Value, what: &str) {
        let validator = validator(schema, &self.closed);
        let errors: Vec<_> = validator.iter_errors(value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{what} is not as openapi.yaml says: {errors:?} in {value}");
    }

    /// Whether a client that follows the contract accepts a body as this schema.
    pub fn is_accepted(&self, schema: &str, body: &Value) -> bool {
        validator(&self.document["components"]["schemas"][schema], &self.document["components"]).is_valid(body)
    }

    /// The bodies of a response's examples.
    fn examples<'a>(&'a self, response: &'a Value) -> impl Iterator<Item = &'a Value> {
        let examples = response["content"]["application/json"]["examples"].as_object();
        let examples = examples.into_iter().flat_map(|examples| examples.values());
        examples.map(|example| &self.resolve(example)["value"])
    }

    /// The target of a value that is a reference.
    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
            Some(pointer) => self.document.pointer(pointer).unwrap_or_else(|| panic!("there is nothing at {pointer}")),
            None => value,
        }
    }
}

/// The media type of pages.
const PAGE: &str = "text/html";

/// The media type of an answer, without its parameters.
fn media_type(answer: &Answer) -> &str {
    answer.headers["content-type"].split(';').next().unwrap_or_default()
}

fn line_for_page(status: u16, operation: &Value) -> String {
    format!("{status} {} as a page", name_of(operation))
}

/// Spells `nullable` of OpenAPI 3.0 as JSON Schema does: null is another type.
fn spell_null(schema: &mut Value) {
    let Value::Object(fields) = schema else { return };
    if fields.remove("nullable").is_some() {
        fields["type"] = json!([fields["type"], "null"]);
        if let Some(Value::Array(known)) = fields.get_mut("x-extensible-enum") {
            known.push(Value::Null);
        }
    }
    fields.values_mut().for_each(spell_null);
}

/// Forbids in these schemas what [`OpenApi::closed`] forbids.
fn close(schema: &mut Value) {
    let Value::Object(fields) = schema else { return };
    if let Some(open) = fields.get_mut("additionalProperties") {
        *open = json!(false);
    }
    if let Some(known) = fields.remove("x-extensible-enum") {
        fields.insert("enum".to_owned(), known);
    }
    fields.values_mut().for_each(close);
}

/// The lines of [`OpenApi::described`] for an answer with this body.
fn lines_for(status: u16, operation: &Value, body: &Value) -> Vec<String> {
    let name = name_of(operation);
    match (body["code"].as_str(), body["message"].as_str()) {
        (Some(code), Some(message)) => vec![format!("{status} {name} {code}"), format!("{status} {code} {message}")],
        _ => vec![format!("{status} {name}")],
    }
}

/// A schema's validator. The components are those that its references mean.
fn validator(schema: &Value, components: &Value) -> Validator {
    let schema = json!({ "allOf": [schema], "components": components });
    jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema")
}

fn name_of(operation: &Value) -> String {
    operation["operationId"].as_str().expect("an operationId").to_owned()
}

/// Whether a body is refused for its spelling, which a schema cannot express: a field that appears twice, or an integer with a
/// fraction or an exponent.
fn is_written_otherwise(text: &[u8], body: &Value) -> bool {
    struct Twice(bool);

    impl<'de> Deserialize<'de> for Twice {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Fields;

            impl<'de> Visitor<'de> for Fields {
                type Value = Twice;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("an object")
                }

                fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Twice, A::Error> {
                    let (mut names, mut twice) = (HashSet::new(), false);
                    while let Some((name, _)) = fields.next_entry::<String, IgnoredAny>()? {
                        twice |= !names.insert(name);
                    }
                    Ok(Twice(twice))
                }
            }

            deserializer.deserialize_map(Fields)
        }
    }

    let twice = serde_json::from_slice::<Twice>(text).is_ok_and(|Twice(twice)| twice);
    twice || body.as_object().into_iter().flatten().any(|(_, value)| value.is_f64())
}

fn to_json(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Hash(entries) => {
            let name = |key: &Yaml| key.as_str().expect("a name").to_owned();
            entries.iter().map(|(key, value)| (name(key), to_json(value))).collect()
        }
        Yaml::Array(items) => items.iter().map(to_json).collect(),
        Yaml::String(text) => json!(text),
        Yaml::Integer(number) => json!(number),
        Yaml::Boolean(flag) => json!(flag),
        Yaml::Null => Value::Null,
        other => panic!("openapi.yaml uses no {other:?}"),
    }
}
