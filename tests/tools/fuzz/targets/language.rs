//! Any bytes as the header that chooses the language.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| payments_test_function::inputs::language(bytes));
