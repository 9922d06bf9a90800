//! The inputs that fuzzing has stored (`tests/fuzz/corpus`), and the checks for any input.

use payments_test_function::inputs::INPUTS;
use payments_test_function::repository_file;
use std::fs;

#[test]
fn every_stored_fuzzing_input_passes() {
    for (target, holds_for) in INPUTS {
        let folder = fs::read_dir(repository_file(&format!("tests/fuzz/corpus/{target}"))).expect(target);
        let inputs: Vec<_> = folder.map(|entry| fs::read(entry.expect("a file").path()).expect("bytes")).collect();
        assert!(inputs.len() >= 20, "{target} has only {} inputs", inputs.len());
        for input in inputs {
            holds_for(&input);
        }
    }
}
