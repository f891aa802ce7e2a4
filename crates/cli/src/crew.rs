//! Engines at work, each on a thread of its own: what a replica does blocks, and one platform must not wait for another.

use std::{io, sync::Arc, thread, time::Duration};

use onepurse_core::Platform;
use onepurse_ledger::Ledger;
use onepurse_sync::{Engine, Observer, Pace, Standing, Wakes};
use tokio::{
    runtime,
    sync::{mpsc, oneshot, watch},
};

use crate::{error::Failure, hints::Hints, house::House, random::OsRandom, seat::Seat};

/// How long engines may take to end the step that they are in. What they leave behind is as good as after a crash:
/// nothing is lost.
const FAREWELL: Duration = Duration::from_millis(1_500);

/// How long a bot's database may wait for the word that the ledger has its events.
const LINGER_MS: i64 = 200;

/// Engines at work.
pub(crate) struct Crew {
    members: Vec<Member>,
    stop: watch::Sender<bool>,
    _ledger_hints: Hints,
}

struct Member {
    platform: Platform,
    standing: watch::Receiver<Standing>,
    /// Answers when the thread has let go of everything.
    ended: oneshot::Receiver<()>,
    seat: Seat,
    _hints: Hints,
}

impl Crew {
    /// Starts an engine for each platform of the house, each on its seat.
    pub(crate) fn start(
        house: &House,
        observer: &Arc<dyn Observer>,
        seats: Vec<Seat>,
    ) -> Result<Self, Failure> {
        let (stop, stopping) = watch::channel(false);
        let ledger_hints = Hints::of_ledger(&house.config);
        let mut members = Vec::new();
        for (platform, seat) in house.config.platforms.iter().zip(seats) {
            let watched = Hints::of_platform(platform);
            let own = house.ledger.hints();
            let hints =
                [watched.receiver(), Some(own), ledger_hints.receiver()].into_iter().flatten().collect();
            let engine = house.engine(platform, Arc::clone(observer), None).lingering(LINGER_MS);
            let (sender, standing) = watch::channel(Standing::default());
            let ended = at_work(engine, Wakes { hints, stop: stopping.clone() }, sender)
                .map_err(|source| Failure::System { doing: "starting", source })?;
            let platform = platform.platform.clone();
            members.push(Member { platform, standing, ended, seat, _hints: watched });
        }
        Ok(Self { members, stop, _ledger_hints: ledger_hints })
    }

    /// Where each engine stands, as it changes: its place among the platforms and its standing, or nothing for one that
    /// ended by itself.
    pub(crate) fn standings(&self) -> mpsc::UnboundedReceiver<(usize, Option<Standing>)> {
        let (sender, receiver) = mpsc::unbounded_channel();
        for (place, member) in self.members.iter().enumerate() {
            let (mut standing, sender) = (member.standing.clone(), sender.clone());
            tokio::spawn(async move {
                loop {
                    let now = standing.changed().await.ok().map(|()| standing.borrow_and_update().clone());
                    let ended = now.is_none();
                    if sender.send((place, now)).is_err() || ended {
                        return;
                    }
                }
            });
        }
        receiver
    }

    /// The platform at a place.
    pub(crate) fn platform(&self, place: usize) -> Option<&Platform> {
        self.members.get(place).map(|member| &member.platform)
    }

    /// Leaves word of what keeps an engine from its work, where `onepurse status` finds it.
    pub(crate) fn say(&self, place: usize, trouble: Option<&str>) {
        if let Some(member) = self.members.get(place) {
            member.seat.say(trouble);
        }
    }

    /// Has all engines end after the step that they are in.
    pub(crate) async fn disband(self) {
        self.stop.send_replace(true);
        let mut members = self.members;
        let ended = async {
            for member in &mut members {
                // The sender just goes.
                let _ = (&mut member.ended).await;
            }
        };
        if tokio::time::timeout(FAREWELL, ended).await.is_err() {
            tracing::debug!("an engine is still in a step");
        }
    }
}

fn at_work(
    engine: Engine,
    wakes: Wakes,
    standing: watch::Sender<Standing>,
) -> io::Result<oneshot::Receiver<()>> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let (end, ended) = oneshot::channel::<()>();
    let name = engine.platform().to_string();
    thread::Builder::new().name(name).spawn(move || {
        runtime.block_on(onepurse_sync::run(engine, wakes, Pace::default(), Arc::new(OsRandom), standing));
        drop(end);
    })?;
    Ok(ended)
}
