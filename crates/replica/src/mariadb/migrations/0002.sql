-- Whose purse `stored` is of, as the ledger numbers purses: who shares one is one person. Not known before the next
-- answer that names the identity. Each of these can be done again: MariaDB commits in between.
ALTER TABLE `@identity` ADD COLUMN IF NOT EXISTS `purse` BIGINT;

-- What the ledger has undone, for the bot to read: the goods can be taken back. `key` is the same for ever, and `seq` is
-- the entry's number, which may be another's after the ledger was put back.
CREATE TABLE IF NOT EXISTS `@reversal` (
    `key` BINARY(16) PRIMARY KEY,   -- of the entry that undoes
    `seq` BIGINT NOT NULL,
    `id` VARCHAR(700) NOT NULL,
    `asset` VARCHAR(64) NOT NULL,
    `delta` BIGINT NOT NULL,        -- what the purse got back, in the asset's smallest unit
    `captured_ms` BIGINT NOT NULL,  -- when the bot wrote what was undone, in milliseconds since 1970
    `at_ms` BIGINT NOT NULL,        -- when the ledger undid it
    `told_ms` BIGINT NOT NULL,      -- when this database was told
    `actor` LONGTEXT,
    `reason` LONGTEXT
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
