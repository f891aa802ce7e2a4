-- Whose purse `stored` is of, as the ledger numbers purses: who shares one is one person. Not known before the next
-- answer that names the identity.
ALTER TABLE onepurse_identity ADD COLUMN purse INTEGER;

-- What the ledger has undone, for the bot to read: the goods can be taken back. `key` is the same for ever; `seq` is the
-- entry's number, which may be another's after the ledger was put back.
CREATE TABLE onepurse_reversal (
    key BLOB PRIMARY KEY,           -- of the entry that undoes
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    asset TEXT NOT NULL,
    delta INTEGER NOT NULL,         -- what the purse got back, in the asset's smallest unit
    captured_ms INTEGER NOT NULL,   -- when the bot wrote what was undone, in milliseconds since 1970
    at_ms INTEGER NOT NULL,         -- when the ledger undid it
    told_ms INTEGER NOT NULL,       -- when this database was told
    actor TEXT,
    reason TEXT
) WITHOUT ROWID;
