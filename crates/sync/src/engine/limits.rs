/// How much an engine does at once. What follows from it is the same whatever the numbers are, but for its speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Events sent in one request; one at the least.
    pub events: usize,
    /// Bot rows written in one transaction; one at the least.
    pub rows: usize,
    /// How far a replica may stand behind a log in which nothing is news to it, before its cursor is moved all the same.
    pub idle_entries: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { events: 1_000, rows: 200, idle_entries: 1_000 }
    }
}
