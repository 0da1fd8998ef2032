"""Facts × policy → residents, verdicts, who is liable, charges. Pure, whole columns: no path, no SQL, no sentence.

Filters are NumPy masks (`.to_numpy()`), because pandas would align indexes that are only by chance the same.
"""
