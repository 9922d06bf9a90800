//! The inputs that fuzzing has stored (`tests/tools/fuzz/corpus`), and the checks for any input.

use payments_test_function::inputs::INPUTS;
use payments_test_function::repository_file;
use std::fs::File;
use std::io::Read;

#[test]
fn every_stored_fuzzing_input_passes() {
    for (target, holds_for) in INPUTS {
        let archive = File::open(repository_file(&format!("tests/tools/fuzz/corpus/{target}.tar"))).expect(target);
        let mut archive = tar::Archive::new(archive);
        let inputs = archive.entries().expect(target).map(|entry| {
            let mut bytes = Vec::new();
            entry.expect("a file").read_to_end(&mut bytes).expect("its bytes");
            bytes
        });
        let passed = inputs.inspect(|input| holds_for(input)).count();
        assert!(passed >= 20, "{target} has only {passed} inputs");
    }
}
