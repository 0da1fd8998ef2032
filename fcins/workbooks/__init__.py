"""Any file that Excel or WPS opens → raw rows as they came; tables → .xlsx and .html. Knows file formats and no policy.

A fast reader for text, a slow one for the types of ID cells: only the type tells that Excel destroyed digits.
XlsxWriter makes the skeleton, whole columns the rows.
"""
