"""S3's own error pages, as a website endpoint shows them where no error document does.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from html import escape

_TITLES = {403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 412: "Precondition Failed"}
_TITLES |= {416: "Requested Range Not Satisfiable", 503: "Service Unavailable"}


def page(status: int, code: str, message: str, request_id: str, **more: str) -> bytes:
    """The page. more: what the error names besides, e.g. Key="nothing.html"."""
    return _document(status, _list(Code=code, Message=message, **more, RequestId=request_id)).encode()


def no_such_key(key: str, document: str, request_id: str) -> bytes:
    """For a missing object; document: the key of an error document that is configured and missing as well."""
    message = "The specified key does not exist."
    body = _list(Code="NoSuchKey", Message=message, Key=key, RequestId=request_id)
    if document:
        body += "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n"
        body += _list(Code="NoSuchKey", Message=message, Key=document)
    return _document(404, body).encode()


def _document(status: int, body: str) -> str:
    title = f"{status} {_TITLES[status]}"
    return f"<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n{body}<hr/>\n</body>\n</html>\n"


def _list(**items: str) -> str:
    lines = "".join(f"<li>{name}: {escape(value)}</li>\n" for name, value in items.items())
    return f"<ul>\n{lines}</ul>\n"
