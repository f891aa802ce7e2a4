//! What a ledger runs into, and how much everybody has to do until it does.

use super::{
    crowd::distinct,
    figures::{BATCH, DAY_S, Figures},
};

const GIB: f64 = 1_073_741_824.0;
/// The busiest hour of all platforms together beside the mean: they do not have theirs at once.
const BUSIEST: f64 = 1.5;
const YEAR_DAYS: f64 = 365.0;
const HOUR_S: f64 = 3_600.0;
const PAGE_BYTES: f64 = 8_192.0;

/// A limit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wall {
    pub(super) what: &'static str,
    /// Events a purse and day at which it is reached.
    pub(super) activity: f64,
}

/// All of them, the first one first.
pub(super) fn walls(figures: &Figures) -> Vec<Wall> {
    let activity = |per_second: f64| per_second * f64::from(DAY_S) / f64::from(figures.purses);
    let disk = (figures.disk_gib * GIB - purses_bytes(figures)).max(0.0) / figures.entry_bytes;
    let mut walls = vec![
        Wall {
            what: "the one writer, in the busiest hour",
            activity: activity(figures.writes_per_second(BATCH)) / BUSIEST,
        },
        Wall {
            what: "telling every engine of every entry, in the busiest hour",
            activity: activity(figures.told_per_second()) / BUSIEST,
        },
        Wall { what: "the disk, after a year", activity: disk / YEAR_DAYS / f64::from(figures.purses) },
        Wall {
            what: "memory for the pages of who plays in the busiest hour",
            activity: activity(hour_for(figures, figures.memory_gib) / HOUR_S) / BUSIEST,
        },
    ];
    walls.sort_by(|one, other| one.activity.total_cmp(&other.activity));
    walls
}

/// What all purses take on the disk before anybody plays.
pub(super) fn purses_bytes(figures: &Figures) -> f64 {
    f64::from(figures.purses) * figures.purse_bytes
}

/// The pages that so many events of an hour read, if purses stand in them in any order.
pub(super) fn hot_gib(figures: &Figures, events: f64) -> f64 {
    let (all, play) = (f64::from(figures.purses), distinct(figures.purses, events));
    let read = |bytes: &f64| {
        let pages = all * bytes / PAGE_BYTES;
        PAGE_BYTES * pages * (1.0 - (-play / pages).exp())
    };
    figures.read_bytes.iter().map(read).sum::<f64>() / GIB
}

/// The most events of an hour whose pages are in so much memory: none runs out of it where everything fits.
fn hour_for(figures: &Figures, gib: f64) -> f64 {
    if f64::from(figures.purses) * figures.read_bytes.iter().sum::<f64>() <= gib * GIB {
        return f64::INFINITY;
    }
    let (mut low, mut high) = (0.0, 1e12);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if hot_gib(figures, middle) <= gib { low = middle } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scale::figures::tests::figures;

    #[test]
    fn the_first_wall_is_the_nearest() {
        let walls = walls(&figures(&[]));
        assert!(walls.is_sorted_by_key(|wall| wall.activity));
        assert_eq!(walls.len(), 4);
    }

    #[test]
    fn slower_pulls_bring_their_wall_nearer() {
        let wall = |pull: &str| walls(&figures(&["--pull-us", pull, "--disk-gib", "1000000"]))[0].what;
        assert!(wall("1000").starts_with("telling"), "{}", wall("1000"));
    }

    #[test]
    fn where_everything_is_in_memory_nothing_runs_out_of_it() {
        let walls = walls(&figures(&["--memory-gib", "1000"]));
        assert!(walls.last().unwrap().activity.is_infinite());
    }

    #[test]
    fn what_fits_in_memory_is_what_was_asked_for() {
        let figures = figures(&[]);
        let ratio = hot_gib(&figures, hour_for(&figures, 4.0)) / 4.0;
        assert!((0.99..1.01).contains(&ratio), "{ratio}");
    }
}
