//! The size of what is deployed.

use crate::program::{FUNCTIONS, Program};
use crate::report::Report;
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The most that the zip of a function may have, in bytes.
const ZIP: u64 = 3_000_000;

/// Measures each function and the two programs that it is compared with.
pub(crate) fn measure(target: &Path, report: &mut Report) {
    let mut largest = 0;
    for program in [&[Program::Nothing, Program::Untuned], &FUNCTIONS[..]].concat() {
        let binary = fs::read(program.binary(target)).expect("the program is built");
        let zip = zipped(&binary);
        report.size("binary", program, binary.len() as u64);
        report.size("zip", program, zip);
        if FUNCTIONS.contains(&program) {
            largest = largest.max(zip);
        }
    }
    report.bar("zip of the largest function, in MB", largest as f64 / 1e6, ZIP as f64 / 1e6);
}

/// The bytes of the archive for Lambda.
fn zipped(binary: &[u8]) -> u64 {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("bootstrap", SimpleFileOptions::default()).expect("an archive in memory");
    zip.write_all(binary).expect("an archive in memory");
    zip.finish().expect("an archive in memory").into_inner().len() as u64
}
