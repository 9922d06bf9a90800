//! Any bytes as the header with the key.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| payments_test_function::inputs::header(bytes));
