"""fcins: 城乡居民两险 registers from the departments' workbooks.

The flow, which is also the order of the rooms:

    workbook → intake → store → judging → assessment → registers → document

A file's cells become facts, kept with file, sheet and row. Facts are judged against the households and the policy:
each row is accepted, a duplicate or rejected, with its findings. People and what holds of them are assessed: charges,
one row per person × scheme × payer × amount × clause. Charges are laid out as documents. Only facts are truth:
verdicts and charges are derived again each time, so the order in which files arrive does not matter.
"""

__version__ = "0.1.0"
