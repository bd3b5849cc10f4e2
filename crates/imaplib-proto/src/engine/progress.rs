//! How far the server has come: for whoever has a clock, and waits.

/// How far the server has come.
///
/// The engine has no clock. Who waits for a server looks at these numbers between reads, and gives up when they stand still
/// for too long although octets come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// How many responses have come to their end.
    pub responses: u64,
    /// How many pieces of answers have come, and commands have gone out.
    pub answers: u64,
}
