-- Who is forgotten keeps a number and a tag, which the log refers to, and loses all else: name, salt and purse.
DROP VIEW unified_users;
CREATE TABLE identity_new (
    id       INTEGER PRIMARY KEY,
    platform TEXT    NOT NULL,
    external TEXT,
    purse    INTEGER REFERENCES purse (id),
    salt     BLOB    CHECK (length(salt) = 16),
    tag      BLOB    NOT NULL CHECK (length(tag) = 32),
    UNIQUE (platform, external),
    CHECK ((external IS NULL) = (purse IS NULL) AND (external IS NULL) = (salt IS NULL))
) STRICT;
INSERT INTO identity_new (id, platform, external, purse, salt, tag)
SELECT id, platform, external, purse, salt, tag FROM identity;
DROP TABLE identity;
ALTER TABLE identity_new RENAME TO identity;
CREATE UNIQUE INDEX identity_purse ON identity (purse, platform);

-- Whether anybody on a platform was forgotten.
CREATE INDEX identity_forgotten ON identity (platform) WHERE external IS NULL;

-- As it was.
CREATE VIEW unified_users (id, telegram_id, discord_id, website_email, coins, xp) AS
WITH shown (purse, asset, number) AS (
    SELECT balance.purse,
           asset.name,
           CASE asset.scale
               WHEN 0 THEN balance.amount
               ELSE balance.amount / CAST (substr('1000000000', 1, asset.scale + 1) AS REAL)
           END
    FROM balance JOIN asset ON asset.id = balance.asset
)
SELECT CAST (purse.id AS TEXT),
       (SELECT external FROM identity WHERE identity.purse = purse.id AND platform = 'telegram'),
       (SELECT external FROM identity WHERE identity.purse = purse.id AND platform = 'discord'),
       (SELECT external FROM identity WHERE identity.purse = purse.id AND platform = 'website'),
       coalesce((SELECT number FROM shown WHERE shown.purse = purse.id AND shown.asset = 'coins'), 0),
       coalesce((SELECT number FROM shown WHERE shown.purse = purse.id AND shown.asset = 'xp'), 0)
FROM purse
WHERE EXISTS (SELECT 1 FROM identity WHERE identity.purse = purse.id);
