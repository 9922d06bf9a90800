//! Any bytes as an event.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| payments_tests::inputs::event(bytes));
