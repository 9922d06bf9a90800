//! Any bytes as a stored item.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| payments_test_function::inputs::item(bytes));
