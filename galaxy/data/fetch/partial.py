"""A download that is not complete yet: the bytes so far, and beside them where they came from."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from galaxy.atomic import write_text


@dataclass(frozen=True)
class Origin:
    """The server's own name for the version that a partial file belongs to; None where it gives none."""

    url: str
    etag: str | None = None
    last_modified: str | None = None

    @property
    def validator(self) -> str | None:
        """What If-Range may hold: a strong ETag, or else the date (RFC 9110, section 13.1.5)."""
        if self.etag is not None and not self.etag.startswith("W/"):
            return self.etag
        return self.last_modified if self.etag is None else None

    def contradicts(self, other: "Origin") -> bool:
        """Whether both come from one address but are different versions there."""
        return self.url == other.url and (
            (self.etag or other.etag) != (other.etag or self.etag)
            or (
                not self.etag
                and (self.last_modified or other.last_modified) != (other.last_modified or self.last_modified)
            )
        )


class Partial:
    """`<target>.part` and `<target>.part.json`. Bytes are only ever appended; a kill leaves a shorter, right file."""

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.json")

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self.path.stat().st_size if self.path.exists() else 0

    def origin(self) -> Origin | None:
        """Where the bytes came from; None when that is not known, and nothing but their hash can vouch for them."""
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            origin = Origin(**note)
        except (OSError, ValueError, TypeError):
            return None
        values = (origin.etag, origin.last_modified)
        is_text = isinstance(origin.url, str) and all(value is None or isinstance(value, str) for value in values)
        return origin if is_text else None

    def start(self, origin: Origin) -> None:
        """Begin anew with the bytes of `origin`: the old ones go before the new name comes."""
        self.discard()
        write_text(self._note, json.dumps(asdict(origin)) + "\n")
        self.path.touch()

    def discard(self) -> None:
        """Forget everything."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def finish(self, target: Path) -> None:
        """Give the complete file its name; the caller has checked and synced it."""
        self.path.replace(target)
        self._note.unlink(missing_ok=True)
