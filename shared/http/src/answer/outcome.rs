//! How a successful request ended.

/// How a request got its 200. The log and the metrics show its name; for an error, they show the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// This request made the change.
    Made,
    /// An earlier request made it, and this one changed nothing.
    Replayed,
    /// It is a read, which changes nothing.
    Read,
}

impl Outcome {
    /// The name in the log and in the metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Made => "FIRST",
            Self::Replayed => "REPLAY",
            Self::Read => "READ",
        }
    }
}
