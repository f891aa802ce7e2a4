/// What time it is. A parameter everywhere below the edge, so that a simulated world can own it.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now_ms(&self) -> i64;
}

/// Where random bytes come from. A parameter everywhere below the edge, like the [`Clock`].
pub trait Random: Send + Sync {
    /// Fills `bytes` with bytes that nobody can guess.
    fn fill(&self, bytes: &mut [u8]);
}
