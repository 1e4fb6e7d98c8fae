"""Whatever is given as a mapping template, a JSONPath or an API document: it serves, or it is refused in words."""

import copy
import json
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.errors import ConfigError, FogbankError
from labs import declare
from services.gateway.catalogue import read_document
from services.gateway.document import compile_api
from services.gateway.jsonpath import BadPath, compile_path
from services.gateway.template import UTIL, Input, compile_template
from services.gateway.velocity.values import JavaMap
from tests.unit.gateway.support import MOCK, document, method, protocols

FIXED = settings(max_examples=100, deadline=None, derandomize=True, database=None)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
WORDS = """
#if( #elseif( #else #end #foreach( #set( #macro( #define( #break #stop #parse( #include( #[[ ]]# #* *# ## $x $!x ${x
$context.a.b $foreach.index $input .path('$.a') .json('$') .params() $util.parseJson( $util.base64Decode( .get( .size()
.a ( ) [ ] { } . , ' " == && || ! in [1..3] [1..999999999] 1 -1 0 / % * + true false
"""
PIECES = st.sampled_from([*WORDS.split(), " ", "\n"])
TEMPLATES = st.lists(PIECES | st.text(max_size=3), max_size=14).map("".join)
STEPS = st.sampled_from(["$", ".", "..", "*", "[", "]", "'", "a", "0", "-1", ":", "?", "(@", ")", ","])
PATHS = st.lists(STEPS, max_size=10).map("".join)
SERVED = read_document(declare.ROOT / "alien_attack" / "api.yaml")


def namespace(body: str) -> dict[str, Any]:
    given = Input(lambda: body, lambda: json.loads(body), JavaMap)
    return {"input": given, "util": UTIL, "context": {"a": {}}, "stageVariables": {}}


@FIXED
@given(TEMPLATES, VALUES)
def test_any_text_is_a_template_or_refused(text: str, body: Any) -> None:
    """ConfigError when it is read, an error of ours when it meets a body it was not made for; else text."""
    try:
        answered = compile_template(text)(namespace(json.dumps(body)))
    except FogbankError:
        return
    assert isinstance(answered, str)


@FIXED
@given(PATHS | st.text(max_size=12), VALUES)
def test_any_text_is_a_path_or_refused(text: str, body: Any) -> None:
    """BadPath when it is read; what it finds in whatever body is no error."""
    try:
        find = compile_path(text)
    except BadPath:
        return
    find(body)


@FIXED
@given(st.data())
def test_a_document_with_a_part_replaced_serves_or_is_refused(data: st.DataObject) -> None:
    """Anything in the place of anything in a document that serves: ConfigError, which `make up` prints, or an API."""
    whole = copy.deepcopy(document({"/me": {"get": method(MOCK)}}) if data.draw(st.booleans()) else SERVED)
    part: Any = whole
    keys: list[Any] = []
    while isinstance(part, dict | list) and part and (not keys or data.draw(st.integers(0, 4))):
        keys.append(data.draw(st.sampled_from(list(part) if isinstance(part, dict) else range(len(part)))))
        part, holder = part[keys[-1]], part
    holder[keys[-1]] = data.draw(VALUES)
    with suppress(ConfigError):
        assert all(found.verb for found in compile_api("fuzzed", whole, protocols).routes.all())
