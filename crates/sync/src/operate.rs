//! What an operator does to a platform: take capture out, answer a question.

use onepurse_core::{Balance, Cursor, ReplicaId};
use onepurse_ledger::LedgerError;
use onepurse_replica::{Attachment, Decision, Detached, View};

use crate::{
    Engine, Progress, SyncError,
    engine::Left,
    place::{here, place},
    plan::{self, Place, Question},
};

/// How many cycles in a row may find that something moved meanwhile before an operation gives up waiting for rest.
const CYCLES_MAX: usize = 1_000;

/// Drives the engine until it is in step or paused, trying again while the bot is busy.
///
/// `wait` is awaited before each new try after a busy database.
pub async fn settle_down<W: AsyncFnMut()>(engine: &mut Engine, mut wait: W) -> Result<Progress, SyncError> {
    let mut progress = Progress::Again;
    for _ in 0..CYCLES_MAX {
        match engine.cycle().await {
            Err(error) if error.is_busy() => wait().await,
            Err(error) => return Err(error),
            Ok(Progress::Lingering) => wait().await,
            Ok(Progress::Again) => {}
            Ok(done) => {
                progress = done;
                break;
            }
        }
    }
    Ok(progress)
}

/// Takes every trace of capture out of the platform's database, unless the ledger has not seen something that is there:
/// events that wait, or an own history that it has lost, since it was put back from a backup. Then nothing is done, and
/// false is returned. Bring the two in step first, or use `force`.
pub async fn detach(engine: &mut Engine, force: bool) -> Result<bool, SyncError> {
    let pending_max = if force { u64::MAX } else { engine.quarantined() };
    loop {
        let View::Attached(attached) = engine.parts.replica.view().await? else {
            // Where that takes several steps, it may have been begun by somebody who did not end it.
            engine.parts.replica.detach(Cursor::ZERO, 0).await?;
            return Ok(true);
        };
        // The ledger is told first: afterwards nobody could say how far the database had got.
        let held = held(engine).await?;
        match note_leaving(engine, &attached, &held).await {
            Err(SyncError::Ledger(LedgerError::NotInHistory { .. })) if !force => return Ok(false),
            Err(error) if !force || error.is_busy() => return Err(error),
            _ => {}
        }
        match engine.parts.replica.detach(attached.cursor, pending_max).await? {
            Detached::Moved => {}
            Detached::Pending => return Ok(false),
            Detached::Done => {
                // An engine that saw it attached after it was noted has taken the note away. The database is detached
                // whether that can be mended or not: without a note its rows are counted from today's balances.
                let _ = note_leaving(engine, &attached, &held).await;
                return Ok(true);
            }
        }
    }
}

/// What the bot's own limits keep rows from showing of what people have. Of a row that is left alone, or that something is
/// on its way to, nobody can say what it shows.
async fn held(engine: &mut Engine) -> Result<Vec<Balance>, SyncError> {
    let audited = engine.parts.replica.audit().await?.identities.into_iter();
    let held = audited.filter(|one| !one.waived && !one.held.is_zero()).map(|one| Balance {
        asset: one.asset,
        external: one.external,
        amount: one.held,
    });
    Ok(held.collect())
}

/// Notes in the ledger what the platform's database has applied, so that what its bot does while it is detached can be
/// told from what others do.
async fn note_leaving(engine: &mut Engine, attached: &Attachment, held: &[Balance]) -> Result<(), SyncError> {
    let here = here(&mut *engine.parts.replica).await?;
    loop {
        let known = engine.parts.ledger.registration(engine.platform().clone()).await?;
        // A copy is not the platform's replica.
        if known.as_ref().is_some_and(|known| known.replica != attached.replica || !here.is(known)) {
            return Ok(());
        }
        // One that has to begin from zero has applied nothing for certain.
        let left = (!attached.resync).then(|| Left { at: attached.cursor, held: held.to_vec() });
        match engine.register(known.as_ref(), attached.replica, left).await {
            Err(SyncError::Ledger(LedgerError::RegistrationChanged { .. })) => {}
            done => return done,
        }
    }
}

/// Whether anything of ours is in the platform's database.
pub async fn is_attached(engine: &mut Engine) -> Result<bool, SyncError> {
    Ok(matches!(engine.parts.replica.view().await?, View::Attached(_)))
}

/// How many events are pending in the platform's database.
pub async fn pending(engine: &mut Engine) -> Result<u64, SyncError> {
    Ok(match engine.parts.replica.view().await? {
        View::Attached(_) => engine.parts.replica.summary().await?.pending,
        View::Detached => 0,
    })
}

/// The question that the platform is paused with, if it is.
pub async fn question(engine: &mut Engine) -> Result<Option<Question>, SyncError> {
    let view = engine.parts.replica.view().await?;
    if let View::Attached(attached) = &view {
        plan::refuse(attached, engine.platform(), Some(engine.parts.ledger.id().await?))?;
        if let Some(mass) = attached.question {
            return Ok(Some(Question::Mass(mass)));
        }
    }
    let registration = engine.parts.ledger.registration(engine.platform().clone()).await?;
    Ok(match place(&mut *engine.parts.replica, &view, registration.as_ref()).await? {
        Place::Ask(question) => Some(question),
        _ => None,
    })
}

/// Answers the question that the platform is paused with; an engine that is running goes on by itself. Returns the
/// question, or `None` where there was none.
pub async fn resume(engine: &mut Engine, decision: Decision) -> Result<Option<Question>, SyncError> {
    let Some(question) = question(engine).await? else { return Ok(None) };
    match &question {
        Question::Mass(_) => engine.parts.replica.decide(decision).await?,
        Question::OtherDatabase { .. } | Question::Copied { .. } => take_over(engine, decision).await?,
    }
    Ok(Some(question))
}

/// Makes this database the platform's replica, instead of any other, and compares it with the ledger.
async fn take_over(engine: &mut Engine, decision: Decision) -> Result<(), SyncError> {
    match engine.parts.replica.view().await? {
        View::Attached(attached) => {
            engine.parts.replica.decide(decision).await?;
            engine.parts.replica.mend(engine.parts.clock.now_ms()).await?;
            let known = engine.parts.ledger.registration(engine.platform().clone()).await?;
            engine.register(known.as_ref(), attached.replica, None).await
        }
        View::Detached => {
            let replica = ReplicaId::random(&*engine.parts.random);
            engine.attach(replica, Some(decision)).await.map(drop)
        }
    }
}
