"""The workspace: one SQLite file, one writer, frames in and out. Says nothing about people.

SQLite is reached through ADBC alone (two SQLites in one process undo each other's locks). Verdicts are no truth:
`derived` keeps them under a digest of all that they came from.
"""
