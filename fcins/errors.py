"""What stops a command: one exception class per exit code, a line that says what is wrong, a line on what to do."""


class FcinsError(Exception):
    """A command cannot go on. `message` says what is wrong, `hint` what to do; both in Chinese, no full citizen ID."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(FcinsError):
    """The command was called in a way it cannot serve: unknown town, missing option, bad date."""

    exit_code = 2


class InputError(FcinsError):
    """The file cannot be used: not a workbook, encrypted, empty, no recognisable heading. Nothing was imported."""

    exit_code = 4


class BusyError(FcinsError):
    """Another process holds the workspace."""

    exit_code = 5


class WorkspaceError(FcinsError):
    """No workspace here, or it is damaged."""

    exit_code = 6
