-- What people's rows could not show when their database was detached, as JSON: [asset, id, amount].
ALTER TABLE onepurse.platform ADD COLUMN left_held text;
