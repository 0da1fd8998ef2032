"""fcins: 城乡居民两险 registers from the departments' workbooks.

The flow, and in brackets the room that does it:

    workbook → raw rows (workbooks) → facts (intake, store) → verdicts and charges (assessment, by the policy)
             → answers (analysis) → sheets (documents) → workbook (workbooks)

A file's cells become facts, kept with file, sheet and row. Facts are judged against the households and the policy:
each row is accepted, a duplicate or rejected, with its findings. People and what holds of them are assessed: charges,
one row per person × scheme × payer × amount × clause. Charges are laid out as documents. Only facts are truth:
verdicts and charges are derived from all of them, so the order in which files arrive does not matter.

For whoever changes the program: README.md, and fcins/manual/building.md with the floors and one command traced.
"""

__version__ = "0.1.0"
