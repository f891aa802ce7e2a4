-- Whose purse `stored` is of, as the ledger numbers purses: who shares one is one person. Not known before the next
-- answer that names the identity. Each of these can be done again: MariaDB commits in between.
ALTER TABLE `@identity` ADD COLUMN IF NOT EXISTS `purse` BIGINT;
