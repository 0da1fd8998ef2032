-- The days of which a bulletin (缴费进度通报) was written and what it could know: the next one tells what came since.
CREATE TABLE bulletins (
    dated TEXT NOT NULL,
    town TEXT NOT NULL,              -- '' for the district's
    last_batch INTEGER NOT NULL,
    PRIMARY KEY (dated, town)
);

-- Files of a drop folder that were imported: never taken from there again, though their batch be withdrawn.
CREATE TABLE taken_files (
    sha256 TEXT PRIMARY KEY,
    file TEXT NOT NULL,
    taken_at TEXT NOT NULL
);
