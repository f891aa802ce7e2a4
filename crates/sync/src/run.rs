use std::{sync::Arc, time::Duration};

use onepurse_core::Random;
use tokio::sync::watch;

use crate::{Engine, Progress, SyncError, plan::Question};

/// Where an engine stands, for whoever watches.
#[derive(Debug, Clone, Default)]
pub enum Standing {
    /// It has not been through a cycle yet.
    #[default]
    Starting,
    /// Everything is in step.
    InStep,
    /// It waits for an operator.
    Paused(Question),
    /// It cannot go on now, and tries again by itself.
    Failing(Arc<SyncError>),
}

/// What wakes an engine up. All are hints: behind them stands a slow poll.
pub struct Wakes {
    /// Something was written to the replica, or to the ledger.
    pub hints: Vec<watch::Receiver<u64>>,
    /// It is time to end: true from then on.
    pub stop: watch::Receiver<bool>,
}

/// How often an engine looks, and tries again.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Without any hint.
    pub poll: Duration,
    /// After a hint, since what it is about may be seen only later: a bot's commit wakes whoever watches its file, then waits
    /// for its disk, and then can be seen. The first wait, doubled each time up to `echo_max`.
    pub echo_min: Duration,
    /// The longest wait of these; the next look is a poll's.
    pub echo_max: Duration,
    /// Between two cycles, so that a bot which waits for its database gets it.
    pub rest: Duration,
    /// Without any hint, when only the replica itself has to be told something.
    pub linger: Duration,
    /// After a failure: the first wait, doubled each time up to `retry_max`.
    pub retry_min: Duration,
    /// The longest wait after a failure.
    pub retry_max: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(2),
            echo_min: Duration::from_millis(4),
            echo_max: Duration::from_millis(512),
            rest: Duration::from_millis(2),
            linger: Duration::from_millis(50),
            retry_min: Duration::from_millis(100),
            retry_max: Duration::from_secs(5),
        }
    }
}

/// Drives an engine until it is told to stop, and says where it stands.
pub async fn run(
    mut engine: Engine,
    mut wakes: Wakes,
    pace: Pace,
    random: Arc<dyn Random>,
    standing: watch::Sender<Standing>,
) {
    let mut retry = pace.retry_min;
    let mut echo = None;
    while !*wakes.stop.borrow() {
        // Hints that come from here on are about what this cycle may not see.
        wakes.hints.iter_mut().for_each(watch::Receiver::mark_unchanged);
        let end = engine.cycle().await;
        if end.is_ok() {
            retry = pace.retry_min;
        }
        match end {
            Err(error) if error.is_busy() => rest(&mut wakes, jitter(pace.rest * 8, &*random)).await,
            Err(error) => {
                standing.send_replace(Standing::Failing(Arc::new(error)));
                // What is wrong may be mended any moment, and be seen by a hint; but trying may itself cause one.
                rest(&mut wakes, jitter(pace.retry_min, &*random)).await;
                hinted(&mut wakes, jitter(retry, &*random)).await;
                retry = (retry * 2).min(pace.retry_max);
            }
            Ok(Progress::Again) => rest(&mut wakes, pace.rest).await,
            Ok(progress) => {
                let poll = if progress == Progress::Lingering { pace.linger } else { pace.poll };
                standing.send_replace(match progress {
                    Progress::Paused(question) => Standing::Paused(question),
                    _ => Standing::InStep,
                });
                let is_hinted = hinted(&mut wakes, echo.map_or(poll, |echo| poll.min(echo))).await;
                echo = if is_hinted { Some(pace.echo_min) } else { echo.map(|echo| echo * 2) };
                echo = echo.filter(|echo| *echo <= pace.echo_max);
                rest(&mut wakes, pace.rest).await;
            }
        }
    }
}

/// Waits, or until the end.
async fn rest(wakes: &mut Wakes, wait: Duration) {
    tokio::select! {
        () = tokio::time::sleep(wait) => {}
        _ = wakes.stop.changed() => {}
    }
}

/// Waits for a hint, the end, or the poll. Whether it was a hint.
async fn hinted(wakes: &mut Wakes, poll: Duration) -> bool {
    let Wakes { hints, stop } = wakes;
    let mut any = hints.iter_mut().map(|hint| Box::pin(hint.changed())).collect::<Vec<_>>();
    let first = std::future::poll_fn(|context| {
        let ready = any.iter_mut().any(|hint| hint.as_mut().poll(context).is_ready());
        if ready { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    });
    tokio::select! {
        () = first => true,
        _ = stop.changed() => false,
        () = tokio::time::sleep(poll) => false,
    }
}

/// Between a half and all of `wait`, so that those who wait for one thing do not come back all at once.
fn jitter(wait: Duration, random: &dyn Random) -> Duration {
    let mut byte = [0];
    random.fill(&mut byte);
    wait / 2 + wait / 2 * u32::from(byte[0]) / 255
}
