-- What was taken back, when, by whom, and for which newer list: a batch, or some rows of one that is still there.
CREATE TABLE withdrawals (
    batch INTEGER NOT NULL,
    kind TEXT NOT NULL,
    category TEXT NOT NULL,
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    imported_at TEXT NOT NULL,
    imported_by TEXT NOT NULL,
    rows INTEGER NOT NULL,           -- counted rows that went
    withdrawn_at TEXT NOT NULL,      -- local time, YYYY-MM-DD HH:MM:SS
    withdrawn_by TEXT NOT NULL,
    replaced_by INTEGER              -- the batch of the new list
);
