-- What people's rows could not show when their database was detached, as JSON: [asset, id, amount].
ALTER TABLE platform ADD COLUMN left_held TEXT;
