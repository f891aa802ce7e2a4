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

-- Enters what was planned from this end of the log and this revision, if they are still that and none of the keys waits in
-- quarantine; else it does nothing and says so. A function, because a session plans what is in it once, also behind a
-- pooler, where statements cannot be kept prepared. What it sets holds until the transaction ends: durable before it is
-- answered, and not in the others' way for long. Arrays that are shorter than the keys mean nobody, no reason, and a change.
CREATE FUNCTION onepurse.enter(
    from_seq bigint, from_hash bytea, from_revision bigint, writes bigint, lock_ms bigint, idle_ms bigint, now_ms bigint,
    keys bytea[], kinds text[], purses bigint[], identities bigint[], assets bigint[], deltas bigint[],
    balances bigint[], captured bigint[], actors text[], reasons text[], hashes bytea[], befores bigint[],
    moved_purses bigint[], moved_assets bigint[], moved_amounts bigint[], moved_seqs bigint[]
) RETURNS boolean LANGUAGE plpgsql
SET search_path = '' SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    PERFORM set_config('lock_timeout', lock_ms::text, true);
    PERFORM set_config('idle_in_transaction_session_timeout', idle_ms::text, true);
    IF current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;

    UPDATE onepurse.ledger
    SET head_seq = from_seq + cardinality(keys), head_hash = hashes[cardinality(keys)]
    WHERE one = 1 AND head_seq = from_seq AND head_hash = from_hash AND revision = from_revision AND writable <= writes
      AND (from_seq = 0 OR EXISTS (SELECT FROM onepurse.entry WHERE seq = from_seq AND hash = from_hash));
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF EXISTS (SELECT FROM onepurse.quarantine) THEN
        IF EXISTS (SELECT FROM onepurse.quarantine WHERE key = ANY (keys)) THEN
            UPDATE onepurse.ledger SET head_seq = from_seq, head_hash = from_hash;
            RETURN false;
        END IF;
    END IF;

    INSERT INTO onepurse.entry (key, kind, purse, identity, asset, delta, balance, captured_ms, actor, reason, hash,
                                previous, seq, at_ms)
    SELECT key, coalesce(kind, 'change'), purse, identity, asset, delta, balance, captured_ms, actor, reason, hash, previous,
           from_seq + nth, now_ms
    FROM unnest(keys, kinds, purses, identities, assets, deltas, balances, captured, actors, reasons, hashes, befores)
         WITH ORDINALITY AS came (key, kind, purse, identity, asset, delta, balance, captured_ms, actor, reason, hash,
                                  previous, nth);
    INSERT INTO onepurse.balance (purse, asset, amount, last_seq)
    SELECT * FROM unnest(moved_purses, moved_assets, moved_amounts, moved_seqs)
    ON CONFLICT ON CONSTRAINT balance_pkey DO UPDATE SET amount = excluded.amount, last_seq = excluded.last_seq;
    RETURN true;
END
$$;

UPDATE onepurse.ledger SET writable = 9;
