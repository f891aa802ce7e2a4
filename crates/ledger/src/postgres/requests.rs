//! What is asked of it besides what the engine asks: orders, codes, decisions, other databases.

use async_trait::async_trait;
use onepurse_core::{Cursor, Identity, LedgerId, LinkCode, Order, Rejection};
use onepurse_postgres::types::Type;

use super::{PostgresLedger, code, facts, forget, order, quarantine, server::begin_write, store};
use crate::{
    Came, Decided, Forgetting, Intake, Ledger, LedgerError, Links, Orders, Purses, Quarantine, Rebuilding,
    Receipt, Redeem, Remembered, Reversed, Unlink, plan,
};

#[async_trait]
impl Intake for PostgresLedger {
    async fn take_over(&self, purses: Purses) -> Result<Vec<Came>, LedgerError> {
        let ledger = self.id().await?;
        let rehearsal = purses.rehearsal;
        let (came, plan) = self
            .run(|server| async move {
                let once = async || {
                    let session = server.session().await?;
                    let events = plan::events(ledger, &purses, server.clock.now_ms());
                    let facts = facts::of_intake(&session.client, &events).await?;
                    let now_ms = server.clock.now_ms();
                    let (came, plan) = plan::intake(facts, &purses, &events, now_ms, &*server.random)?;
                    if purses.rehearsal {
                        session.commit().await?;
                    } else {
                        store::store(session, &plan).await?;
                    }
                    Ok((came, plan))
                };
                server.write(once).await
            })
            .await?;
        if !rehearsal && !plan.entries.is_empty() {
            self.hint(plan.head.seq);
        }
        Ok(came)
    }
}

#[async_trait]
impl Links for PostgresLedger {
    async fn issue_code(&self, identity: Identity) -> Result<LinkCode, LedgerError> {
        let code = LinkCode::random(&*self.server.random);
        let shown = code.clone();
        self.run(|server| async move { server.write(|| code::issue(&server, &identity, &code)).await })
            .await?;
        Ok(shown)
    }

    async fn redeem(&self, redeem: Redeem) -> Result<Cursor, LedgerError> {
        let ledger = self.id().await?;
        let head = self
            .run(|server| async move {
                server.write(|| code::redeem(&server, ledger, &redeem, &*server.random)).await
            })
            .await??;
        self.hint(head.seq);
        Ok(head)
    }

    async fn unlink(&self, unlink: Unlink) -> Result<Cursor, LedgerError> {
        let who = vec![unlink.identity.clone()];
        self.ask(unlink.key, who, move |facts, now_ms| plan::unlink(facts, &unlink, now_ms)).await
    }
}

#[async_trait]
impl Forgetting for PostgresLedger {
    async fn part(&self, unlink: Unlink) -> Result<Cursor, LedgerError> {
        let who = vec![unlink.identity.clone()];
        self.ask(unlink.key, who, move |facts, now_ms| plan::part(facts, &unlink, now_ms)).await
    }

    async fn erase(&self, identity: Identity) -> Result<(), LedgerError> {
        self.run(|server| async move {
            server.write(|| forget::erase(&server, &identity)).await?;
            if let Err(error) = forget::vacuum(&server).await {
                tracing::debug!(%error, "rows that were erased wait for the server's own vacuum");
            }
            Ok(())
        })
        .await
    }
}

#[async_trait]
impl Rebuilding for PostgresLedger {
    async fn remember(&self, purses: Vec<Remembered>, reason: String) -> Result<u64, LedgerError> {
        self.run(|server| async move {
            let once = async || {
                let session = server.session().await?;
                let who: Vec<_> = purses.iter().flat_map(|purse| &purse.identities).collect();
                let facts = facts::of_requests(&session.client, &[], &who).await?;
                let (made, plan) =
                    plan::remember(facts, &purses, &reason, server.clock.now_ms(), &*server.random)?;
                store::store(session, &plan).await?;
                Ok(made)
            };
            server.write(once).await
        })
        .await
    }

    async fn undo(&self, reversals: Vec<Reversed>) -> Result<u64, LedgerError> {
        self.run(|server| async move {
            let once = async || {
                let session = server.session().await?;
                let events: Vec<_> = reversals.iter().map(Reversed::event).collect();
                let facts = facts::of_events(&session.client, &events).await?;
                let (rejected, plan) = plan::undo(facts, &reversals, server.clock.now_ms(), &*server.random);
                store::store(session, &plan).await?;
                Ok(rejected)
            };
            server.write(once).await
        })
        .await
    }

    async fn take_place_of(&self, lost: LedgerId) -> Result<(), LedgerError> {
        self.run(|server| async move {
            let once = async || {
                let session = server.session().await?;
                session.client.batch_execute(&begin_write()).await?;
                let id = [(&lost.0.as_slice() as _, Type::BYTEA)];
                session.client.execute_typed("UPDATE onepurse.ledger SET id = $1", &id).await?;
                session.commit().await
            };
            server.write(once).await
        })
        .await
    }
}

#[async_trait]
impl Orders for PostgresLedger {
    async fn order(&self, orders: Vec<Order>) -> Result<Vec<Result<Receipt, Rejection>>, LedgerError> {
        let (receipts, plan) = self
            .run(|server| async move {
                let once = async || {
                    let session = server.session().await?;
                    let facts = order::facts_of(&session.client, &orders).await?;
                    let (receipts, plan) =
                        plan::order(facts, &orders, server.clock.now_ms(), &*server.random);
                    store::store(session, &plan).await?;
                    Ok((receipts, plan))
                };
                server.write(once).await
            })
            .await?;
        if !plan.entries.is_empty() {
            self.hint(plan.head.seq);
        }
        Ok(receipts)
    }
}

#[async_trait]
impl Quarantine for PostgresLedger {
    async fn decide(&self, decided: Decided) -> Result<i64, LedgerError> {
        let seq = self
            .run(|server| async move {
                let once = async || {
                    let session = server.session().await?;
                    let event = quarantine::waiting(&session.client, decided.key).await?;
                    let facts = facts::of_events(&session.client, std::slice::from_ref(&event)).await?;
                    let plan = plan::decide(facts, &event, &decided, server.clock.now_ms(), &*server.random)?;
                    store::store(session, &plan).await?;
                    Ok(plan.head.seq)
                };
                server.write(once).await
            })
            .await?;
        self.hint(seq);
        Ok(seq)
    }
}
