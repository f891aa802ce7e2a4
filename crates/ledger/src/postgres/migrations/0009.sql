-- Each entry names the one before it of its purse and asset, and a balance names the last: a purse's history is walked
-- from there. So no entry costs an index that its purse is all over the place of. A program that does not know of it would
-- leave gaps.
ALTER TABLE onepurse.entry ADD COLUMN previous bigint NOT NULL DEFAULT 0;
ALTER TABLE onepurse.balance ADD COLUMN last_seq bigint NOT NULL DEFAULT 0;
-- A balance that is changed stays in its page where that has room.
ALTER TABLE onepurse.balance SET (fillfactor = 70);

DROP TRIGGER entry_is_never_changed ON onepurse.entry;
UPDATE onepurse.entry SET previous = chain.previous
FROM (SELECT seq, lag(seq) OVER (PARTITION BY purse, asset ORDER BY seq) AS previous FROM onepurse.entry) AS chain
WHERE chain.seq = entry.seq AND chain.previous IS NOT NULL;
UPDATE onepurse.balance SET last_seq = last.seq
FROM (SELECT purse, asset, max(seq) AS seq FROM onepurse.entry GROUP BY purse, asset) AS last
WHERE last.purse = balance.purse AND last.asset = balance.asset;
CREATE TRIGGER entry_is_never_changed BEFORE UPDATE OR DELETE ON onepurse.entry
FOR EACH STATEMENT EXECUTE FUNCTION onepurse.entry_is_never_changed();
DROP INDEX onepurse.entry_purse;

-- The key of a change begins with the time at which it was captured. Other keys do not.
DROP INDEX onepurse.entry_captured;
CREATE INDEX entry_captured ON onepurse.entry (captured_ms) WHERE kind IN ('opening', 'reversal');

-- What the leaderboard reads along: the balances as they were after the entry `seq`, brought up to date by who reads it.
DROP INDEX onepurse.balance_amount;
CREATE TABLE onepurse.place (
    purse  bigint NOT NULL,
    asset  bigint NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (purse, asset)
);
INSERT INTO onepurse.place (purse, asset, amount) SELECT purse, asset, amount FROM onepurse.balance;
CREATE INDEX place_amount ON onepurse.place (asset, amount DESC, purse);
CREATE TABLE onepurse.places (
    one bigint PRIMARY KEY CHECK (one = 1),
    seq bigint NOT NULL
);
INSERT INTO onepurse.places (one, seq) SELECT 1, coalesce((SELECT head_seq FROM onepurse.ledger), 0);

-- Moved by every change of what a program may remember that leaves no entry: assets, who is forgotten.
ALTER TABLE onepurse.ledger ADD COLUMN revision bigint NOT NULL DEFAULT 0;

UPDATE onepurse.ledger SET writable = 9;
