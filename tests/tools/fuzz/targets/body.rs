//! Any bytes as a body.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| payments_test_function::inputs::body(bytes));
