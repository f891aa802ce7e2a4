use clap::Args;

/// Seconds of a day.
pub(super) const DAY_S: u32 = 86_400;
/// Events of a batch where many wait: an engine sends so many at once.
pub(super) const BATCH: f64 = 1_000.0;

/// What is computed with. What is preset was measured on one machine, with what docs/scale.md says of it: another has others.
#[derive(Debug, Clone, Args)]
pub(crate) struct Figures {
    /// Platforms, of which a few have most people.
    #[arg(long, default_value_t = 100)]
    pub(super) platforms: u32,

    /// Purses, of which a few play most.
    #[arg(long, default_value_t = 100_000_000)]
    pub(super) purses: u32,

    /// Microseconds that the one writer takes for an event, beside the commit.
    #[arg(long, default_value_t = 14.0)]
    pub(super) event_us: f64,

    /// Milliseconds that it takes for a commit, whatever is in it.
    #[arg(long, default_value_t = 3.9)]
    pub(super) commit_ms: f64,

    /// Milliseconds that it takes a core to answer one engine, whatever is new.
    #[arg(long, default_value_t = 2.0)]
    pub(super) pull_ms: f64,

    /// Microseconds that each entry takes a core in it, of which hardly any touches the engine's platform.
    #[arg(long, default_value_t = 0.6)]
    pub(super) pull_us: f64,

    /// Bytes that an entry takes on the disk, with its indexes.
    #[arg(long, default_value_t = 249.0)]
    pub(super) entry_bytes: f64,

    /// Bytes that a purse with one identity and one balance takes on the disk, with its indexes.
    #[arg(long, default_value_t = 561.0)]
    pub(super) purse_bytes: f64,

    /// Bytes of a purse in what every event of somebody who is not remembered reads: balance, identity, an index of each.
    #[arg(long = "read-bytes", default_values_t = [87.0, 32.0, 126.0, 41.0])]
    pub(super) read_bytes: Vec<f64>,

    /// People whom a ledger remembers between two batches.
    #[arg(long, default_value_t = 65_536)]
    pub(super) remembered: u32,

    /// Cores for those who read the log.
    #[arg(long, default_value_t = 2.0)]
    pub(super) cores: f64,

    /// GiB of memory for the database.
    #[arg(long, default_value_t = 16.0)]
    pub(super) memory_gib: f64,

    /// GiB of disk for the database.
    #[arg(long, default_value_t = 1_000.0)]
    pub(super) disk_gib: f64,

    /// Events a purse and day that a day is simulated with. May be given several times.
    #[arg(long = "activity", default_values_t = [0.1, 1.0, 3.0, 10.0, 30.0])]
    pub(super) activities: Vec<f64>,

    /// Where chance begins.
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
}

impl Figures {
    /// Events that the writer takes in a second, in batches of so many.
    pub(super) fn writes_per_second(&self, batch: f64) -> f64 {
        batch * 1e6 / (self.commit_ms * 1e3 + batch * self.event_us)
    }

    /// Entries that can be told to all engines in a second.
    pub(super) fn told_per_second(&self) -> f64 {
        self.cores * 1e6 / (self.pull_us * f64::from(self.platforms))
    }

    /// Seconds after which an engine hears of an entry where so many come in a second, and all ask again as soon as they were
    /// answered; `None` where they cannot keep up.
    pub(super) fn hears_after_s(&self, rate: f64) -> Option<f64> {
        let asked = f64::from(self.platforms);
        let left = self.cores - rate * asked * self.pull_us / 1e6;
        (left > 0.0).then(|| asked * self.pull_ms / 1e3 / left)
    }

    /// Events of a second, where everybody does so much on average.
    pub(super) fn mean_per_second(&self, activity: f64) -> f64 {
        f64::from(self.purses) * activity / f64::from(DAY_S)
    }
}

/// The smallest batch by which a commit of so many milliseconds leaves a rate, if any does.
pub(super) fn batch_for(rate: f64, commit_ms: f64, event_us: f64) -> Option<f64> {
    let left = 1.0 - rate * event_us / 1e6;
    (left > 0.0).then(|| (rate * commit_ms / 1e3 / left).ceil().max(1.0))
}

#[cfg(test)]
pub(super) mod tests {
    use clap::{Parser, error::ErrorKind};

    use super::*;

    #[derive(Parser)]
    struct Asked {
        #[command(flatten)]
        figures: Figures,
    }

    /// The figures that are preset, but for those given.
    pub(in crate::scale) fn figures(args: &[&str]) -> Figures {
        Asked::parse_from([&["scale"], args].concat()).figures
    }

    #[test]
    fn what_is_preset_can_be_read() {
        assert_eq!(figures(&["--platforms", "3"]).platforms, 3);
        assert_eq!(figures(&["--activity", "2"]).activities, [2.0]);
        let error = Asked::try_parse_from(["scale", "--platforms", "x"]).err().map(|error| error.kind());
        assert_eq!(error, Some(ErrorKind::ValueValidation));
    }

    #[test]
    fn a_batch_shares_its_commit() {
        let figures = figures(&["--event-us", "10", "--commit-ms", "1"]);
        assert!((figures.writes_per_second(1.0) - 1e6 / 1_010.0).abs() < 1e-6);
        assert!((figures.writes_per_second(1_000.0) - 1e9 / 11_000.0).abs() < 1e-6);
    }

    #[test]
    fn engines_hear_later_the_more_there_is_to_hear() {
        let figures = figures(&["--platforms", "100", "--cores", "2", "--pull-ms", "2", "--pull-us", "1"]);
        assert_eq!(figures.hears_after_s(0.0), Some(0.1));
        assert_eq!(figures.hears_after_s(10_000.0), Some(0.2));
        assert_eq!(figures.hears_after_s(20_000.0), None);
        assert!((figures.told_per_second() - 20_000.0).abs() < 1e-6);
    }

    #[test]
    fn the_smallest_batch_reaches_the_rate_and_one_less_does_not() {
        let figures = figures(&["--event-us", "10", "--commit-ms", "5"]);
        let batch = batch_for(20_000.0, 5.0, 10.0).unwrap();
        assert!(figures.writes_per_second(batch) >= 20_000.0);
        assert!(figures.writes_per_second(batch - 1.0) < 20_000.0);
        assert_eq!(batch_for(200_000.0, 5.0, 10.0), None);
    }
}
