-- The days of which a bulletin (缴费进度通报) was written and what it could know: the next one tells what came since.
CREATE TABLE bulletins (
    dated TEXT NOT NULL,
    town TEXT NOT NULL,              -- '' for the district's
    last_batch INTEGER NOT NULL,
    PRIMARY KEY (dated, town)
);
