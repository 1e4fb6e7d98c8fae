"""The website's files: index documents, the error document and redirects as an S3 website endpoint gives them.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/IndexDocumentSupport.html
"""

import os
from http import HTTPStatus
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import Scope

from services.site.policy import MEDIA_TYPES

ROOT = Path(__file__).parents[2] / "frontend"
ERROR_DOCUMENT = "error.html"


class Website(StaticFiles):
    """Starlette's static files with S3's answers: 302 to a folder's "/", and the error document with a 404.

    ETag, Last-Modified, 304, Range and HEAD are Starlette's; a path that leaves the folder is not found.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(directory=root, html=True)
        self.root = root

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file at the path, its folder's index document, or the error document."""
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != HTTPStatus.NOT_FOUND:
                raise
            return self._error_document()
        if isinstance(response, RedirectResponse):
            response.status_code = HTTPStatus.FOUND
        return response

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Starlette's, but for the media type, which is ours."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        if isinstance(response, FileResponse):
            response.headers["content-type"] = media_type(full_path)
        return response

    def _error_document(self) -> Response:
        document = self.root / ERROR_DOCUMENT
        return FileResponse(document, status_code=HTTPStatus.NOT_FOUND, headers={"content-type": media_type(document)})


def media_type(path: PathLike) -> str:
    """The media type of a file by its name's end; S3's own default for what is unknown."""
    return MEDIA_TYPES.get(Path(path).suffix.lower(), "application/octet-stream")
