//! The repository itself: which code may depend on which, that every list of the functions is the same, and that the docs name tests
//! that exist.

mod crates;
mod docs;
mod modules;
mod openapi;
mod routes;

use payments_test_function::repository_file;
use std::fs;
use std::path::{Path, PathBuf};

fn cargo_toml() -> toml::Table {
    fs::read_to_string(repository_file("Cargo.toml")).expect("Cargo.toml").parse().expect("TOML")
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
