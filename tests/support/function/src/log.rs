//! Records the log of this process.

use payments_process::start_logging;
use std::sync::{Mutex, OnceLock};
use std::{io, panic};

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().expect("not poisoned").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Records the log from now on, at every level.
pub fn capture_log() {
    static STARTED: OnceLock<()> = OnceLock::new();
    // The crates have levels of their own, so that RUST_LOG does not change them.
    STARTED.get_or_init(|| {
        start_logging(|| Log, "trace,payments_http=trace,payments_store=trace");
        // It also logs panics, and so hides why a test failed.
        let log_panic = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            eprintln!("{panic}");
            log_panic(panic);
        }));
    });
}

/// The log so far.
pub fn log() -> String {
    log_since(0)
}

/// The length of the log so far, in bytes.
pub fn log_length() -> usize {
    LOG.lock().expect("not poisoned").len()
}

/// The log since it had this length.
pub fn log_since(length: usize) -> String {
    String::from_utf8(LOG.lock().expect("not poisoned")[length..].to_vec()).expect("a log is text")
}
