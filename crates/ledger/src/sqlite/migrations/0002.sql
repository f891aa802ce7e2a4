-- How often the platform's registration was changed: one that was decided on an older one is refused.
ALTER TABLE platform ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
