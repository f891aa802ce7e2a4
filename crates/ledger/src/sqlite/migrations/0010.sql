-- Each entry names the one before it of its purse and asset, and a balance names the last: a purse's history is walked
-- from there. So no entry costs an index that its purse is all over the place of.
ALTER TABLE entry ADD COLUMN previous INTEGER NOT NULL DEFAULT 0;
ALTER TABLE balance ADD COLUMN last_seq INTEGER NOT NULL DEFAULT 0;

DROP TRIGGER entry_is_never_changed;
UPDATE entry SET previous = ifnull((
    SELECT past.seq FROM entry AS past INDEXED BY entry_purse
    WHERE past.purse = entry.purse AND past.asset = entry.asset AND past.seq < entry.seq
    ORDER BY past.seq DESC LIMIT 1
), 0);
UPDATE balance SET last_seq = ifnull((
    SELECT past.seq FROM entry AS past INDEXED BY entry_purse
    WHERE past.purse = balance.purse AND past.asset = balance.asset ORDER BY past.seq DESC LIMIT 1
), 0);
CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
BEGIN
    SELECT RAISE (ABORT, 'an entry is never changed: a correction is a new entry');
END;
DROP INDEX entry_purse;

-- The key of a change begins with the time at which it was captured. Other keys do not.
DROP INDEX entry_captured;
CREATE INDEX entry_captured ON entry (captured_ms) WHERE kind IN ('opening', 'reversal');

-- What the leaderboard reads along: the balances as they were after the entry `seq`, brought up to date by who reads it.
DROP INDEX balance_amount;
CREATE TABLE place (
    purse  INTEGER NOT NULL,
    asset  INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (purse, asset)
) STRICT, WITHOUT ROWID;
INSERT INTO place (purse, asset, amount) SELECT purse, asset, amount FROM balance;
CREATE INDEX place_amount ON place (asset, amount DESC, purse);
CREATE TABLE places (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL
) STRICT;
INSERT INTO places (one, seq) VALUES (1, ifnull((SELECT head_seq FROM ledger), 0));

-- Moved by every change of what a program may remember that leaves no entry: assets, who is forgotten.
ALTER TABLE ledger ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
