-- What onepurse keeps in a bot's database; nothing of the bot's own is changed. `@` is what the names begin with.

-- One row: which replica this is, and how far it has got. It is there last and goes first: without it nothing is
-- attached. Whoever writes any table here but `fact` has locked it.
CREATE TABLE `@replica` (
    `one` TINYINT PRIMARY KEY CHECK (`one` = 1),
    `version` BIGINT NOT NULL,
    `replica` BINARY(16) NOT NULL,
    `ledger` BINARY(16) NOT NULL,
    `platform` VARCHAR(64) NOT NULL,
    `cursor_seq` BIGINT NOT NULL,
    `cursor_hash` BINARY(32) NOT NULL,
    `resync` BOOLEAN NOT NULL,      -- the next question is from zero, and is asked even of an empty ledger
    `compare` TINYINT NOT NULL,     -- 1: compare after the next answer; 2: compare now
    `question` TEXT,                -- why it is paused, as JSON
    `decision` VARCHAR(16),         -- what the operator said
    `put_backs` BIGINT NOT NULL DEFAULT 0,
    `soon_overwrites` BIGINT NOT NULL DEFAULT 0
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- One row for each asset that is captured.
CREATE TABLE `@mapping` (
    `mapping` BIGINT PRIMARY KEY,
    `asset` VARCHAR(64) NOT NULL UNIQUE,
    `definition` LONGTEXT NOT NULL, -- what capture depends on
    `stamp` VARCHAR(16) NOT NULL,   -- of the triggers that capture it; empty while they are being put in
    `negatives` BOOLEAN NOT NULL,   -- negative balances were seen, so zero is no floor
    `inhabited` BOOLEAN NOT NULL    -- the table had rows when it was last looked at
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- What triggers write down, in the bot's own transaction. Nothing but an ever-growing number is unique in it, so two
-- bots that come to the same people in opposite orders never wait for each other here.
CREATE TABLE `@fact` (
    `n` BIGINT AUTO_INCREMENT PRIMARY KEY,
    `mapping` BIGINT NOT NULL,
    `id` VARCHAR(700) NOT NULL,
    `what` VARCHAR(8) NOT NULL,
    `was` BIGINT,
    `shows` BIGINT,
    `at_us` BIGINT NOT NULL,        -- when the statement began, in microseconds since 1970
    `connection` BIGINT NOT NULL    -- whose statement it was
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- What is known of each identity. `stored` is its purse's balance at the cursor.
CREATE TABLE `@identity` (
    `mapping` BIGINT NOT NULL,
    `id` VARCHAR(700) NOT NULL,
    `stored` BIGINT NOT NULL DEFAULT 0,
    `held` BIGINT NOT NULL DEFAULT 0,
    `opened` BOOLEAN NOT NULL DEFAULT FALSE,    -- its opening is in the outbox, or in the ledger
    `todo` TINYINT NOT NULL DEFAULT 0,          -- 1: the bot's row waits for `stored`; 2: the row was inserted again
    `again_ms` BIGINT,                          -- the bot held its row when it was to be written: not before this time
    `paused` TEXT,                              -- why it is left alone
    `inbound_before` BIGINT,                    -- the last inbound change of the bot's row
    `inbound_after` BIGINT,
    `inbound_ms` BIGINT,
    `base` BIGINT,                              -- `stored` when this database was detached, until the comparison after that
    `gone_ms` BIGINT,                           -- its row was deleted then,
    `gone_value` BIGINT,                        -- when it showed this,
    `gone_in` BIGINT,                           -- by this statement,
    `gone_accepted` BOOLEAN NOT NULL DEFAULT FALSE, -- and that is taken for granted
    PRIMARY KEY (`mapping`, `id`),
    KEY (`todo`),
    KEY (`gone_ms`)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- Events captured and not included yet.
CREATE TABLE `@outbox` (
    `n` BIGINT AUTO_INCREMENT PRIMARY KEY,
    `mapping` BIGINT NOT NULL,
    `id` VARCHAR(700) NOT NULL,
    `kind` VARCHAR(16) NOT NULL,
    `delta` BIGINT NOT NULL,
    `was` BIGINT,
    `shows` BIGINT,
    `at_ms` BIGINT NOT NULL,
    `nonce` BINARY(8) NOT NULL,
    `reason` TEXT,
    KEY (`mapping`, `id`),
    KEY `nonce` (`nonce`)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- Events that are included, kept until no backup of the ledger that one would restore lacks them.
CREATE TABLE `@kept` (
    `k` BIGINT AUTO_INCREMENT PRIMARY KEY,
    `mapping` BIGINT NOT NULL,
    `id` VARCHAR(700) NOT NULL,
    `kind` VARCHAR(16) NOT NULL,
    `delta` BIGINT NOT NULL,
    `was` BIGINT,
    `shows` BIGINT,
    `at_ms` BIGINT NOT NULL,
    `nonce` BINARY(8) NOT NULL,
    `reason` TEXT,
    `included_ms` BIGINT NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
