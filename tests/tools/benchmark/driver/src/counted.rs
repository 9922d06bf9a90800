//! The instructions of each outcome, counted by the package `instructions`.

use crate::report::Report;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Reads the counts from a JSON object.
pub(crate) fn read(counts: &Path, report: &mut Report) {
    let text = fs::read_to_string(counts).expect("the counts were written before");
    let counts: BTreeMap<String, u64> = serde_json::from_str(&text).expect("a JSON object of counts");
    report.instructions = counts;
}
