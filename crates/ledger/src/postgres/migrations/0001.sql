-- The ledger's first schema on PostgreSQL. It lives in the schema `onepurse`, which nothing but a ledger writes to; the
-- database may be a bot's as well.
--
-- Every number that is given here is given by the one transaction that holds the row of `ledger`: there are no sequences
-- and no identity columns, whose numbers come in another order than commits do. Nor are there foreign keys on what is
-- written for every event: who writes here has planned every row from what it has read under that lock, and `onepurse
-- verify` adds everything up again.

-- Which ledger this is, and where its log ends: one row, locked and moved by every transaction that appends.
CREATE TABLE onepurse.ledger (
    one        BIGINT PRIMARY KEY CHECK (one = 1),
    id         BYTEA  NOT NULL CHECK (octet_length(id) = 16),
    schema     BIGINT NOT NULL,
    -- The oldest schema whose programs may still write here. A migration that only adds leaves it as it is.
    writable   BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    head_seq   BIGINT NOT NULL,
    head_hash  BYTEA  NOT NULL CHECK (octet_length(head_hash) = 32)
);

-- What is counted, and how many decimals of it.
CREATE TABLE onepurse.asset (
    id    BIGINT PRIMARY KEY,
    name  TEXT   NOT NULL UNIQUE,
    scale BIGINT NOT NULL CHECK (scale BETWEEN 0 AND 9)
);

-- One person's balances. A purse that was merged into another stays here, with nobody in it.
CREATE TABLE onepurse.purse (
    id         BIGINT PRIMARY KEY,
    created_ms BIGINT NOT NULL
);

-- Who someone is on one platform, and whose purse that is now. The chain of entries covers the tag, which is a hash
-- of the name under the salt: without the salt it tells nothing.
CREATE TABLE onepurse.identity (
    id       BIGINT PRIMARY KEY,
    platform TEXT   NOT NULL,
    external TEXT   NOT NULL,
    purse    BIGINT NOT NULL,
    salt     BYTEA  NOT NULL CHECK (octet_length(salt) = 16),
    tag      BYTEA  NOT NULL CHECK (octet_length(tag) = 32),
    UNIQUE (platform, external)
);

-- A purse has at most one identity a platform.
CREATE UNIQUE INDEX identity_purse ON onepurse.identity (purse, platform);

-- What each purse has: always the sum of its entries.
CREATE TABLE onepurse.balance (
    purse  BIGINT NOT NULL,
    asset  BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (purse, asset)
);

-- The leaderboard reads along this.
CREATE INDEX balance_amount ON onepurse.balance (asset, amount DESC, purse);

-- The log: every change of a balance, numbered without gaps in the order of the commits. Each hash covers its entry
-- and the hash before it.
CREATE TABLE onepurse.entry (
    seq         BIGINT PRIMARY KEY,
    key         BYTEA  NOT NULL CHECK (octet_length(key) = 16),
    kind        TEXT   NOT NULL,
    purse       BIGINT NOT NULL,
    identity    BIGINT NOT NULL,
    asset       BIGINT NOT NULL,
    delta       BIGINT NOT NULL,
    balance     BIGINT NOT NULL,
    at_ms       BIGINT NOT NULL,
    captured_ms BIGINT NOT NULL,
    actor       TEXT,
    reason      TEXT,
    hash        BYTEA  NOT NULL CHECK (octet_length(hash) = 32)
);

-- A key enters the log once.
CREATE UNIQUE INDEX entry_key ON onepurse.entry (key);

-- An identity is opened once in each asset. A replica that starts over asks for all of these.
CREATE UNIQUE INDEX entry_opening ON onepurse.entry (identity, asset) WHERE kind = 'opening';

-- A purse's history, and whether it changed since.
CREATE INDEX entry_purse ON onepurse.entry (purse, seq);

-- What was captured in one moment, or since.
CREATE INDEX entry_captured ON onepurse.entry (captured_ms);

CREATE FUNCTION onepurse.entry_is_never_changed() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    RAISE EXCEPTION 'an entry is never changed or removed: a correction is a new entry';
END
$$;

CREATE TRIGGER entry_is_never_changed BEFORE UPDATE OR DELETE ON onepurse.entry
FOR EACH STATEMENT EXECUTE FUNCTION onepurse.entry_is_never_changed();

-- Events that the rules rejected, as they came, with the rule's name and words. They wait for someone to decide.
CREATE TABLE onepurse.quarantine (
    id          BIGINT PRIMARY KEY,
    key         BYTEA  NOT NULL UNIQUE CHECK (octet_length(key) = 16),
    platform    TEXT   NOT NULL,
    external    TEXT   NOT NULL,
    asset       TEXT   NOT NULL,
    delta       BIGINT NOT NULL,
    kind        TEXT   NOT NULL,
    captured_ms BIGINT NOT NULL,
    reason      TEXT,
    rejection   TEXT   NOT NULL,
    message     TEXT   NOT NULL,
    -- What the purse had, where that is why.
    balance     BIGINT,
    at_ms       BIGINT NOT NULL
);

-- Which database is the platform's replica, and where the configuration last found it.
CREATE TABLE onepurse.platform (
    name     TEXT PRIMARY KEY,
    replica  BYTEA NOT NULL CHECK (octet_length(replica) = 16),
    location TEXT  NOT NULL,
    -- The last entry that it had applied when it was detached.
    left_at  BIGINT,
    -- How often this row was changed: a change that was decided on an older one is refused.
    revision BIGINT NOT NULL
);

-- One row a person, for queries by hand. Ids are text; an amount of an asset with decimals has them.
CREATE VIEW onepurse.unified_users (id, telegram_id, discord_id, website_email, coins, xp) AS
WITH shown (purse, asset, number) AS (
    SELECT balance.purse, asset.name,
           CASE asset.scale
               WHEN 0 THEN balance.amount::numeric
               ELSE round(balance.amount::numeric / ('1' || repeat('0', asset.scale::integer))::numeric,
                          asset.scale::integer)
           END
    FROM onepurse.balance JOIN onepurse.asset ON asset.id = balance.asset
)
SELECT purse.id::text,
       (SELECT external FROM onepurse.identity WHERE identity.purse = purse.id AND platform = 'telegram'),
       (SELECT external FROM onepurse.identity WHERE identity.purse = purse.id AND platform = 'discord'),
       (SELECT external FROM onepurse.identity WHERE identity.purse = purse.id AND platform = 'website'),
       coalesce((SELECT number FROM shown WHERE shown.purse = purse.id AND shown.asset = 'coins'), 0),
       coalesce((SELECT number FROM shown WHERE shown.purse = purse.id AND shown.asset = 'xp'), 0)
FROM onepurse.purse
WHERE EXISTS (SELECT FROM onepurse.identity WHERE identity.purse = purse.id);
