//! Empty: this package is its `Cargo.toml`.
