//! What comes of it, as tables for docs/scale.md.

use super::{
    crowd::{distinct, unknown_part},
    day::day,
    figures::{Figures, batch_for},
    wall::{hot_gib, purses_bytes, walls},
};

const GIB: f64 = 1_073_741_824.0;
/// What a commit may cost, in milliseconds, and the rates that a batch is looked for.
const COMMITS_MS: [f64; 6] = [0.5, 2.0, 5.0, 10.0, 50.0, 100.0];
const RATES: [f64; 3] = [1_000.0, 10_000.0, 30_000.0];

/// All tables.
pub(crate) fn told(figures: &Figures) -> String {
    [batches(figures), days(figures), memory(figures), nearest(figures)].join("\n")
}

fn batches(figures: &Figures) -> String {
    let mut text =
        "| a commit | one by one | by 100 | by 1,000 | batch for 1,000/s | for 10,000/s | for 30,000/s |\n\
                    |---|---|---|---|---|---|---|\n"
            .to_owned();
    for commit_ms in COMMITS_MS {
        let figures = Figures { commit_ms, ..figures.clone() };
        let rates = [1.0, 100.0, 1_000.0].map(|batch| format!("{:.0}/s", figures.writes_per_second(batch)));
        let batches = RATES.map(|rate| {
            batch_for(rate, commit_ms, figures.event_us)
                .map_or("none".to_owned(), |batch| format!("{batch:.0}"))
        });
        text += &format!("| {commit_ms} ms | {} | {} |\n", rates.join(" | "), batches.join(" | "));
    }
    text
}

fn days(figures: &Figures) -> String {
    let mut text = "| events a purse and day | a second | in the busiest | writing | longest wait | waits at the end | telling | heard after | disk a day |\n\
                    |---|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for &activity in &figures.activities {
        let day = day(figures, activity);
        text += &format!(
            "| {activity} | {:.0} | {:.0} | {:.0} % | {:.0} s | {:.0} | {:.0} % | {} | {:.1} GiB |\n",
            figures.mean_per_second(activity),
            day.most_per_second,
            100.0 * day.writing,
            day.longest_wait_s,
            day.left,
            100.0 * day.telling,
            heard(figures, activity),
            day.events * figures.entry_bytes / GIB,
        );
    }
    text
}

/// After which an engine hears of an entry, on average over the day.
fn heard(figures: &Figures, activity: f64) -> String {
    let after_s = figures.hears_after_s(figures.mean_per_second(activity));
    after_s.map_or_else(|| "never".to_owned(), |seconds| format!("{:.0} ms", 1e3 * seconds))
}

fn memory(figures: &Figures) -> String {
    let mut text = format!(
        "All purses take {:.1} GiB; {:.0} % of events are of people whom a ledger does not remember.\n\n\
         | events a purse and day | play in an hour | play in a day | pages of an hour |\n|---|---|---|---|\n",
        purses_bytes(figures) / GIB,
        100.0 * unknown_part(figures),
    );
    for &activity in &figures.activities {
        let hour = figures.mean_per_second(activity) * 3_600.0;
        let (an_hour, a_day) = (distinct(figures.purses, hour), distinct(figures.purses, 24.0 * hour));
        let pages = hot_gib(figures, hour);
        text += &format!("| {activity} | {an_hour:.0} | {a_day:.0} | {pages:.1} GiB |\n");
    }
    text
}

fn nearest(figures: &Figures) -> String {
    let mut text = "| wall | events a purse and day | a second |\n|---|---|---|\n".to_owned();
    for wall in walls(figures) {
        let a_second = figures.mean_per_second(wall.activity);
        text += &format!("| {} | {:.2} | {a_second:.0} |\n", wall.what, wall.activity);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scale::figures::tests::figures;

    #[test]
    fn the_same_figures_tell_the_same() {
        let figures = figures(&["--purses", "10000", "--activity", "1"]);
        assert_eq!(told(&figures), told(&figures));
        assert!(told(&figures).contains("| wall |"));
    }
}
