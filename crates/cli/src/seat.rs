//! The place of the one process that works on a platform's database.

use std::fs::{File, TryLockError};

use onepurse_replica::{Presence, PresenceError};

use crate::{config::PlatformConfig, error::Failure};

/// A place that is taken as long as this lives; its lock file goes with it.
pub(crate) struct Seat(Option<Presence>);

impl Seat {
    /// Takes the place, or says who has it. Where a lock file cannot be made the work goes on without: two at once are
    /// merely wasteful.
    pub(crate) fn take(platform: &PlatformConfig) -> Result<Self, Failure> {
        match Presence::take(&platform.seat) {
            Ok(presence) => Ok(Self(Some(presence))),
            Err(PresenceError::Taken { who, .. }) => {
                Err(PresenceError::Taken { place: platform.database.to_string(), who }.into())
            }
            Err(error @ PresenceError::LockFile { .. }) => {
                tracing::warn!("{}: {error}", platform.platform);
                Ok(Self(None))
            }
        }
    }

    /// Takes all of these places, or none; `shared` takes none, and works beside whoever has them.
    pub(crate) fn take_all(platforms: &[PlatformConfig], shared: bool) -> Result<Vec<Self>, Failure> {
        let take = |platform| if shared { Ok(Self(None)) } else { Self::take(platform) };
        platforms.iter().map(take).collect()
    }

    /// Whether a process has this place now. One that works with `--shared` has none.
    pub(crate) fn is_taken(platform: &PlatformConfig) -> bool {
        // The file is never made by looking; the lock, where it is free, is let go of at once.
        File::open(Presence::path_of(&platform.seat))
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// Leaves word of what keeps this process from its work, where `onepurse status` finds it.
    pub(crate) fn say(&self, trouble: Option<&str>) {
        if let Some(Err(error)) = self.0.as_ref().map(|presence| presence.say(trouble)) {
            tracing::debug!("{error}");
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.0.take().map(Presence::leave) {
            tracing::warn!("{error}");
        }
    }
}
