"""An incomplete download: the bytes received so far, and a note of the version of the file that they belong to."""

import json
from pathlib import Path

from galaxy.atomic import write_text


class PartialFile:
    """The files `<target>.part`, to which bytes are only ever appended, and `<target>.part.json`, the note.

    A killed process therefore leaves a correct beginning of the file.
    """

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.json")

    @property
    def size(self) -> int:
        """Number of bytes received so far."""
        return self.path.stat().st_size if self.path.exists() else 0

    def version(self, url: str) -> str | None:
        """ETag or date that `url` gave with the bytes; None when another address sent them or it is not known."""
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        version = note.get("version") if isinstance(note, dict) and note.get("url") == url else None
        return version if isinstance(version, str) else None

    def start(self, url: str, version: str | None) -> None:
        """Begin anew with the bytes of `url`; the old ones are deleted before the new note is written."""
        self.discard()
        write_text(self._note, json.dumps({"url": url, "version": version}) + "\n")
        self.path.touch()

    def discard(self) -> None:
        """Delete the bytes and the note."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def finish(self, target: Path) -> None:
        """Rename the complete file to `target`; the caller has checked it and written it to the disk."""
        self.path.replace(target)
        self._note.unlink(missing_ok=True)
