"""Pages straight from a folder, as they would be once published: for work on the pages without an emulator."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cloud.content import File, etag, files
from cloud.errors import Unavailable
from services.site.objects import Object, Snapshot, to_second


class FolderOrigin:
    """The files of one folder. website: the WebsiteConfiguration that its bucket would have."""

    def __init__(self, folder: Path, website: Mapping[str, Any]) -> None:
        self.folder = folder
        self.website = website
        self._read: dict[str, tuple[File, Object]] = {}

    def read(self, _last: Snapshot) -> Snapshot:
        """As Origin.read."""
        if not self.folder.is_dir():
            raise Unavailable(f"folder {self.folder} with the pages")
        self._read = {file.key: (file, made) for file in files(self.folder) if (made := self._object(file))}
        return Snapshot({key: made for key, (_, made) in self._read.items()}, self.website)

    def _object(self, file: File) -> Object | None:
        known, made = self._read.get(file.key, (None, None))
        if made and known and known.version == file.version:
            return made
        try:
            body = file.read()
        except OSError:
            return None
        modified = to_second(datetime.fromtimestamp(file.modified, UTC))
        return Object(file.key, body, f'"{etag(body)}"', modified, file.media_type, file.cache_control)
