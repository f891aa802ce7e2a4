-- What onepurse keeps in a bot's database, in a schema of its own; nothing of the bot's own is changed. `@` is that schema.

-- One row: which replica this is, and how far it has got. Whoever writes any table here but `captured` has locked it.
CREATE TABLE @.replica (
    one boolean PRIMARY KEY CHECK (one),
    schema bigint NOT NULL,
    replica bytea NOT NULL,
    ledger bytea NOT NULL,
    platform text NOT NULL,
    cursor_seq bigint NOT NULL,
    cursor_hash bytea NOT NULL,
    resync boolean NOT NULL,        -- the next question is from zero, and is asked even of an empty ledger
    compare smallint NOT NULL,      -- 1: compare after the next answer; 2: compare now
    question text,                  -- why it is paused, as JSON
    decision text,                  -- what the operator said
    put_backs bigint NOT NULL DEFAULT 0,
    soon_overwrites bigint NOT NULL DEFAULT 0
);

-- One row for each asset that is captured.
CREATE TABLE @.mapping (
    mapping bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asset text NOT NULL UNIQUE,
    definition text NOT NULL,       -- what capture depends on
    stamp text NOT NULL,            -- of the functions and triggers that capture it
    negatives boolean NOT NULL      -- negative balances were seen, so zero is no floor
);

-- What triggers write down, in the bot's own transaction. Nothing but an ever-growing number is unique in it, so two
-- bots that come to the same people in opposite orders never wait for each other here.
CREATE TABLE @.captured (
    n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mapping bigint NOT NULL,
    id text NOT NULL,
    what text NOT NULL,
    was bigint,
    shows bigint,
    at_ms bigint NOT NULL DEFAULT floor(extract(epoch FROM statement_timestamp()) * 1000)::bigint,
    nonce bytea NOT NULL DEFAULT substring(uuid_send(gen_random_uuid()) FROM 9 FOR 8),
    transaction bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    statement bigint NOT NULL
);

-- What is known of each identity. `stored` is its purse's balance at the cursor.
CREATE TABLE @.identity (
    mapping bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    stored bigint NOT NULL DEFAULT 0,
    held bigint NOT NULL DEFAULT 0,
    opened boolean NOT NULL DEFAULT false,  -- its opening is in the outbox, or in the ledger
    todo smallint NOT NULL DEFAULT 0,       -- 1: the bot's row waits for `stored`; 2: the row was inserted again
    again_ms bigint,                        -- the bot held its row when it was to be written: not before this time
    paused text,                            -- why it is left alone
    inbound_before bigint,                  -- the last inbound change of the bot's row
    inbound_after bigint,
    inbound_ms bigint,
    base bigint,                            -- `stored` when this database was detached, until the comparison after that
    gone_ms bigint,                         -- its row was deleted then,
    gone_value bigint,                      -- when it showed this,
    gone_in bigint,                         -- in this transaction,
    gone_accepted boolean NOT NULL DEFAULT false,   -- and that is taken for granted
    PRIMARY KEY (mapping, id)
);
CREATE INDEX identity_todo ON @.identity (mapping, id) WHERE todo <> 0;
CREATE INDEX identity_gone ON @.identity (gone_ms) WHERE gone_ms IS NOT NULL AND NOT gone_accepted;

-- Events captured and not included yet.
CREATE TABLE @.outbox (
    n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mapping bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    delta bigint NOT NULL,
    before bigint,
    after bigint,
    at_ms bigint NOT NULL,
    nonce bytea NOT NULL,
    reason text
);
CREATE INDEX outbox_identity ON @.outbox (mapping, id);

-- Events that are included, kept until no backup of the ledger that one would restore lacks them.
CREATE TABLE @.kept (
    k bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mapping bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    delta bigint NOT NULL,
    before bigint,
    after bigint,
    at_ms bigint NOT NULL,
    nonce bytea NOT NULL,
    reason text,
    included_ms bigint NOT NULL
);
