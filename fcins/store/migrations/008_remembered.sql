-- What somebody answered when `import` asked what a file is (kind, category) or whether it takes the place of an
-- earlier list (whole). Every answer that was ever given stands here once: only where it is one it is used again.
CREATE TABLE remembered_answers (
    list_key TEXT NOT NULL,          -- of the file that was asked about: intake.lists.list_key
    question TEXT NOT NULL,          -- kind, category, whole
    answer TEXT NOT NULL,            -- a kind, a category's code; replace or add
    answered_at TEXT NOT NULL,       -- local time, YYYY-MM-DD HH:MM:SS
    PRIMARY KEY (list_key, question, answer)
);
