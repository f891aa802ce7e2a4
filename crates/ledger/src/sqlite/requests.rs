//! What is asked of it besides what the engine asks: orders, codes, decisions, other databases.

use async_trait::async_trait;
use onepurse_core::{Cursor, Identity, LedgerId, LinkCode, Order, Rejection};

use super::{SqliteLedger, code, facts, forget, order, quarantine, row, store};
use crate::{
    Came, Decided, Forgetting, Intake, LedgerError, Links, Orders, Purses, Quarantine, Rebuilding, Receipt,
    Redeem, Remembered, Reversed, Unlink, plan,
};

#[async_trait]
impl Intake for SqliteLedger {
    async fn take_over(&self, purses: Purses) -> Result<Vec<Came>, LedgerError> {
        let (came, plan) = self.file.write(|transaction| {
            let events = plan::events(row::ledger_id(transaction)?, &purses, self.clock.now_ms());
            let facts = facts::of_intake(transaction, &events)?;
            let (came, plan) = plan::intake(facts, &purses, &events, self.clock.now_ms(), &*self.random)?;
            if !purses.rehearsal {
                store::store(transaction, &plan)?;
            }
            Ok((came, plan))
        })?;
        if !purses.rehearsal && !plan.entries.is_empty() {
            self.hint();
        }
        Ok(came)
    }
}

#[async_trait]
impl Links for SqliteLedger {
    async fn issue_code(&self, identity: Identity) -> Result<LinkCode, LedgerError> {
        let code = LinkCode::random(&*self.random);
        self.file.write(|transaction| code::issue(transaction, &identity, &code, self.clock.now_ms()))?;
        Ok(code)
    }

    async fn redeem(&self, redeem: Redeem) -> Result<Cursor, LedgerError> {
        let head = self
            .file
            .write(|transaction| code::redeem(transaction, &redeem, self.clock.now_ms(), &*self.random))??;
        self.hint();
        Ok(head)
    }

    async fn unlink(&self, unlink: Unlink) -> Result<Cursor, LedgerError> {
        let head = self.file.write(|transaction| {
            let facts = facts::of_request(transaction, unlink.key, &[&unlink.identity])?;
            let plan = plan::unlink(facts, &unlink, self.clock.now_ms())?;
            store::store(transaction, &plan)?;
            Ok(plan.head)
        })?;
        self.hint();
        Ok(head)
    }
}

#[async_trait]
impl Forgetting for SqliteLedger {
    async fn part(&self, unlink: Unlink) -> Result<Cursor, LedgerError> {
        let head = self.file.write(|transaction| {
            let facts = facts::of_request(transaction, unlink.key, &[&unlink.identity])?;
            let plan = plan::part(facts, &unlink, self.clock.now_ms())?;
            store::store(transaction, &plan)?;
            Ok(plan.head)
        })?;
        self.hint();
        Ok(head)
    }

    async fn erase(&self, identity: Identity) -> Result<(), LedgerError> {
        self.file.write(|transaction| forget::erase(transaction, &identity))?;
        self.file.empty_log();
        Ok(())
    }
}

#[async_trait]
impl Rebuilding for SqliteLedger {
    async fn remember(&self, purses: Vec<Remembered>, reason: String) -> Result<u64, LedgerError> {
        self.file.write(|transaction| {
            let mut facts = facts::at_end(transaction)?;
            for identity in purses.iter().flat_map(|purse| &purse.identities) {
                facts::add_purse_of(transaction, &mut facts, identity)?;
            }
            let (made, plan) = plan::remember(facts, &purses, &reason, self.clock.now_ms(), &*self.random)?;
            store::store(transaction, &plan)?;
            Ok(made)
        })
    }

    async fn undo(&self, reversals: Vec<Reversed>) -> Result<u64, LedgerError> {
        self.file.write(|transaction| {
            let events: Vec<_> = reversals.iter().map(Reversed::event).collect();
            let facts = facts::of_events(transaction, &events)?;
            let (rejected, plan) = plan::undo(facts, &reversals, self.clock.now_ms(), &*self.random);
            store::store(transaction, &plan)?;
            Ok(rejected)
        })
    }

    async fn take_place_of(&self, lost: LedgerId) -> Result<(), LedgerError> {
        self.file.write(|transaction| {
            transaction.execute("UPDATE ledger SET id = ?1", [lost.0])?;
            Ok(())
        })?;
        self.hint();
        Ok(())
    }
}

#[async_trait]
impl Orders for SqliteLedger {
    async fn order(&self, orders: Vec<Order>) -> Result<Vec<Result<Receipt, Rejection>>, LedgerError> {
        let (receipts, plan) = self.file.write(|transaction| {
            let facts = order::facts_of(transaction, &orders)?;
            let (receipts, plan) = plan::order(facts, &orders, self.clock.now_ms(), &*self.random);
            store::store(transaction, &plan)?;
            Ok((receipts, plan))
        })?;
        if !plan.entries.is_empty() {
            self.hint();
        }
        Ok(receipts)
    }
}

#[async_trait]
impl Quarantine for SqliteLedger {
    async fn decide(&self, decided: Decided) -> Result<i64, LedgerError> {
        let seq = self.file.write(|transaction| {
            let event = quarantine::waiting(transaction, decided.key)?;
            let facts = facts::of_events(transaction, std::slice::from_ref(&event))?;
            let plan = plan::decide(facts, &event, &decided, self.clock.now_ms(), &*self.random)?;
            store::store(transaction, &plan)?;
            Ok(plan.head.seq)
        })?;
        self.hint();
        Ok(seq)
    }
}
