//! How a request ended well.

/// How a request got its 200. The log and the metrics have its name, and the code of an error in the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// This request made the change.
    Made,
    /// An earlier request made it, and this one changed nothing.
    Replayed,
}

impl Outcome {
    /// The name in the log and in the metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Made => "FIRST",
            Self::Replayed => "REPLAY",
        }
    }
}
