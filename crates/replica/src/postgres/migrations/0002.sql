-- Whose purse `stored` is of, as the ledger numbers purses: who shares one is one person. Not known before the next
-- answer that names the identity.
ALTER TABLE @.identity ADD COLUMN purse bigint;
