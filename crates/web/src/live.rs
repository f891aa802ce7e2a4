//! The live half of a page: a stream of server-sent events, each the part of the page that changes, made anew.
//!
//! A stream starts with what there is, so nothing is missed between the page and its stream, nor while the network
//! was away. After that it speaks only when the ledger's log or the program's health moved *and* the page looks
//! different for it.

use std::{convert::Infallible, future::pending, time::Duration};

use axum::{
    Extension,
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::stream;
use onepurse_ledger::EntryFilter;
use tokio::{sync::watch, time::sleep};

use crate::{Health, Website, failure::Failure, serve::Stopping};

/// Bursts become one event each so often.
const PACE: Duration = Duration::from_millis(250);
/// Hints are not truth: the ledger's head is looked at without one so often.
const POLL: Duration = Duration::from_secs(5);
/// A connection whose other end is gone is found out so often.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Answers with a stream of what `render` makes, until the browser goes away or the website stops.
///
/// What can never be shown is refused: a browser does not ask again then. Trouble that may pass is told in the stream.
pub(crate) async fn events<Render, Rendered>(
    website: Website,
    stopping: Option<Extension<Stopping>>,
    render: Render,
) -> Result<Response, Failure>
where
    Render: Fn(Website) -> Rendered + Send + 'static,
    Rendered: Future<Output = Result<String, Failure>> + Send + 'static,
{
    if let Err(failure) = render(website.clone()).await
        && !failure.status().is_server_error()
    {
        return Err(failure);
    }
    let stopping = stopping.map(|Extension(stopping)| stopping);
    let page = LivePage { website, stopping, render, seen: None, shown: None };
    let events = stream::unfold(page, async |mut page| {
        let event = page.next().await?;
        Some((Ok::<_, Infallible>(event), page))
    });
    let heartbeat = KeepAlive::new().interval(HEARTBEAT).text("still here");
    Ok(Sse::new(events).keep_alive(heartbeat).into_response())
}

struct LivePage<Render> {
    website: Website,
    stopping: Option<Stopping>,
    render: Render,
    /// What there was when the page was last made.
    seen: Option<Seen>,
    /// What the browser shows: a fragment, or that there is trouble.
    shown: Option<Shown>,
}

/// Where the log and the program's health stood. If both stand there still, no page looks different.
#[derive(PartialEq)]
struct Seen {
    head: Option<(i64, [u8; 32])>,
    health: Health,
}

#[derive(Clone, PartialEq)]
enum Shown {
    Fragment(String),
    Trouble(String),
}

impl Shown {
    fn event(&self) -> Event {
        match self {
            Self::Fragment(html) => Event::default().event("fragment").data(html),
            Self::Trouble(reason) => Event::default().event("trouble").data(reason),
        }
    }
}

impl<Render, Rendered> LivePage<Render>
where
    Render: Fn(Website) -> Rendered,
    Rendered: Future<Output = Result<String, Failure>>,
{
    async fn next(&mut self) -> Option<Event> {
        loop {
            if self.shown.is_some() {
                self.wait().await?;
            }
            let new = self.look().await.unwrap_or_else(|failure| {
                // Whatever was seen is old when the trouble is over.
                self.seen = None;
                Some(Shown::Trouble(failure.to_string()))
            });
            if let Some(new) = new
                && self.shown.as_ref() != Some(&new)
            {
                let event = new.event();
                self.shown = Some(new);
                return Some(event);
            }
        }
    }

    /// Waits until there may be something new; nothing comes back when the website stops.
    async fn wait(&mut self) -> Option<()> {
        let Website { hints, health, .. } = &mut self.website;
        let moved = async {
            sleep(PACE).await;
            tokio::select! {
                () = changed(hints) => {}
                () = changed(health) => {}
                () = sleep(POLL) => {}
            }
        };
        match &mut self.stopping {
            None => moved.await,
            Some(stopping) => tokio::select! {
                () = stopping.wait() => return None,
                () = moved => {}
            },
        }
        Some(())
    }

    async fn look(&mut self) -> Result<Option<Shown>, Failure> {
        let newest = self.website.records.entries(EntryFilter { limit: 1, ..EntryFilter::default() }).await?;
        let head = newest.first().map(|entry| (entry.seq, entry.hash.0));
        let seen = Seen { head, health: self.website.health.borrow_and_update().clone() };
        if self.seen.as_ref() == Some(&seen) {
            return Ok(None);
        }
        let fragment = (self.render)(self.website.clone()).await?;
        self.seen = Some(seen);
        Ok(Some(Shown::Fragment(fragment)))
    }
}

/// A sender that is gone changes nothing any more.
async fn changed<T>(receiver: &mut watch::Receiver<T>) {
    if receiver.changed().await.is_err() {
        pending::<()>().await;
    }
}
