"""The one tree of errors; each is a sentence for the user that says what to do next.

HaikutermError
├── SettingsError           a flag, a setting or an environment value is wrong      (exit code 2)
│   └── NoCredential        no key, no token, no endpoint, not asked for --local
├── PathRefused             a path that leaves the root, or must not be touched
├── AttachmentRefused       a file that cannot or should not be sent
├── EditRefused             an edit that does not match exactly one place
│   └── FileChanged         a file that holds other bytes than those the change was made for
├── CommitRefused           git or a hook did not take the commit
├── JournalError            an undo step that cannot be written or restored
├── StoreError              the session database cannot be opened, read or written
├── LocalModelError         the embedded model cannot be fetched or run             (exit code 3)
└── ProviderError           the model's endpoint failed                             (exit code 3)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from haikuterm.core.money import Usage

FailureKind = Literal[
    "authentication",  # 401, 403: the key is wrong or may not do this
    "billing",  # 402 or a spend limit: waiting does not help
    "rejected",  # 400, 404, 413, 422: this request will never go through
    "rate_limited",  # 429
    "overloaded",  # 529 and an overloaded_error in the middle of a stream
    "server",  # other 5xx
    "unreachable",  # no connection, DNS, TLS, time-out before the first byte
    "broken_stream",  # the connection ended or stalled in the middle of an answer
    "cut_off",  # the stream ended cleanly, but without its last event
]


class HaikutermError(Exception):
    """Base of all errors that are meant for the user; `str(error)` is the whole sentence."""

    exit_code = 1


class SettingsError(HaikutermError):
    """A flag, a setting or an environment value cannot be used."""

    exit_code = 2


class NoCredential(SettingsError):
    """There is nothing to talk to: no key, no token, no endpoint, no --local."""

    def __init__(self) -> None:
        super().__init__(
            "No API key found. Set ANTHROPIC_API_KEY, or run the free local model with --local, "
            "or name another endpoint with --base-url URL (ANTHROPIC_BASE_URL)."
        )


class PathRefused(HaikutermError):
    """A path that leaves the root, or that must not be read or written."""


class AttachmentRefused(HaikutermError):
    """A file that cannot be sent (binary, huge, unreadable) or should not be (looks secret)."""


class EditRefused(HaikutermError):
    """An edit that does not match exactly one place; the sentence is meant for the model too."""


class FileChanged(EditRefused):
    """A file holds other bytes than those the change was made for; nothing of it was written. path: which."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} changed on disk after the diff was made. Nothing was written. Read it again.")
        self.path = path


class CommitRefused(HaikutermError):
    """Git or one of its hooks did not take a commit."""


class JournalError(HaikutermError):
    """An undo step cannot be recorded or restored."""


class StoreError(HaikutermError):
    """The session database cannot be opened, read or written."""


class BudgetReached(HaikutermError):
    """The next request could cost more than is left of the budget; it was not sent."""

    exit_code = 4


class LocalModelError(HaikutermError):
    """The embedded model cannot be fetched, checked or run."""

    exit_code = 3


class ProviderError(HaikutermError):
    """The model's endpoint failed.

    kind: what happened, for decisions; the sentence is for the user.
    retry_after: seconds the server asked us to wait, or None if it did not say.
    request_id: the server's name for the request, or "" if it gave none.
    usage: what the failed answer cost, where the server had already said it for good; else None.
    final: the server says that sending it again is pointless.
    """

    exit_code = 3

    def __init__(
        self,
        message: str,
        kind: FailureKind,
        *,
        retry_after: float | None = None,
        request_id: str = "",
        usage: Usage | None = None,
        final: bool = False,
    ) -> None:
        super().__init__(message)
        self.kind: FailureKind = kind
        self.retry_after = retry_after
        self.request_id = request_id
        self.usage = usage
        self.final = final

    @property
    def retryable(self) -> bool:
        """True where the same request may go through later."""
        return not self.final and self.kind in (
            "rate_limited",
            "overloaded",
            "server",
            "unreachable",
            "broken_stream",
            "cut_off",
        )
