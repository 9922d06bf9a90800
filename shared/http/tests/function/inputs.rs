//! The inputs that fuzzing has kept (`tests/fuzz/corpus`), and what must hold for any input.

use payments_test_function::inputs::INPUTS;
use payments_test_function::repository_file;
use std::fs;

#[test]
fn no_input_that_fuzzing_has_kept_breaks_what_must_hold_for_any() {
    for (target, holds_for) in INPUTS {
        let folder = fs::read_dir(repository_file(&format!("tests/fuzz/corpus/{target}"))).expect(target);
        let inputs: Vec<_> = folder.map(|entry| fs::read(entry.expect("a file").path()).expect("bytes")).collect();
        assert!(inputs.len() >= 20, "{target} has only {} inputs", inputs.len());
        for input in inputs {
            holds_for(&input);
        }
    }
}
