-- Whose purse `stored` is of, as the ledger numbers purses: who shares one is one person. Not known before the next
-- answer that names the identity.
ALTER TABLE @.identity ADD COLUMN purse bigint;

-- What the ledger has undone, for the bot to read: the goods can be taken back. `key` is the same for ever; `seq` is the
-- entry's number, which may be another's after the ledger was put back.
CREATE TABLE @.reversal (
    key bytea PRIMARY KEY,          -- of the entry that undoes
    seq bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    asset text NOT NULL,
    delta bigint NOT NULL,          -- what the purse got back, in the asset's smallest unit
    captured_ms bigint NOT NULL,    -- when the bot wrote what was undone, in milliseconds since 1970
    at_ms bigint NOT NULL,          -- when the ledger undid it
    told_ms bigint NOT NULL,        -- when this database was told
    actor text,
    reason text
);
