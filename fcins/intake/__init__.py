"""Raw rows → typed facts with the codes a row earns by itself; a workbook that came back → corrections and answers.

Pure: what day it is and what the policy says come in as values.
"""
