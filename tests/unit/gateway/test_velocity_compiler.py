"""Our compiler beside airspeed's own evaluation: the same text of random templates and inputs."""

import copy
import json
from typing import Any

import pytest
from airspeed import operators
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from cloud.errors import ConfigError
from services.gateway.jsonpath import BadPath
from services.gateway.template import UTIL, Input, compile_template
from services.gateway.velocity.scope import TemplateFailed
from services.gateway.velocity.values import JavaMap
from tests.unit.gateway import velocity_reference as reference

FAILED = "failed"
REFUSED = "refused"

# --- templates, by Velocity's grammar

NAMES = st.sampled_from(
    ["$x", "$y", "${x}", "$!y", "$none", "$i", "$foreach.index", "$foreach.hasNext", "$velocityCount"]
)
ROOTS = st.sampled_from([
    "$input.path('$')", "$input.path('$.a')", "$input.json('$.b')", "$input.path('$.c[0]')", "$input.body",
    "$input.params('q')", "$input.params()", "$context.id", "$context.claims", "$stageVariables.v",
    "$util.parseJson('[1, {\"a\": 2}]')", "$util.escapeJavaScript($x)", "$util.base64Encode($context.id)",
    "$d", "$e('1')",
])  # fmt: skip
LINKS = st.sampled_from([
    ".a", ".b", ".a.b", "['a']", "[0]", "[0][$x]", "[1].a", ".size()", ".get('a')", ".get(0)", ".length()",
    ".keySet()", ".values()", ".isEmpty()", ".contains('a')", ".toString()", ".equals($x)",
    ".replaceAll('[a-c]', '-')", ".indexOf('b')", ".substring(1)", ".containsKey($y)", ".intValue()", ".compareTo('b')",
    ".toUpperCase",
    ".upper", ".__class__", ".get()",
])  # fmt: skip
REFERENCES = st.builds(lambda root, links: root + "".join(links), NAMES | ROOTS, st.lists(LINKS, max_size=2))
PLAIN = st.sampled_from(["0", "7", "-1", "1.5", "true", "false", "null", "'text'", "''", '"b"', "[]", "[1..3]", "{}"])
SIGNS = st.sampled_from(["==", "!=", "<", ">=", "+", "-", "*", "%", "&&", "||", "and", "or", "lt", "ne"])


def _inner(values: Any) -> Any:
    return (
        st.builds("[{}, {}]".format, values, values)
        | st.builds("{{'a': {}, 'b': {}}}".format, values, values)
        | st.builds("({} {} {})".format, values, SIGNS, values)
        | st.builds("({} {} {} {} {})".format, values, SIGNS, values, SIGNS, values)
        | st.builds("!{}".format, values)
        | st.builds('"<{}>"'.format, REFERENCES)
        | st.builds("$util.urlEncode({})".format, values)
    )


VALUES = st.recursive(PLAIN | REFERENCES, _inner, max_leaves=5)
CONDITIONS = VALUES | st.builds("{} {} {}".format, VALUES, SIGNS, VALUES)
TARGETS = st.sampled_from(["$x", "$y", "$x.a", "$context.overrides.h", "$context.overrides['k'].z"])
WORDS = st.sampled_from(
    ["a", " ", "\n", "$5", "#1", "\\$x", "é", "{", '"', "## note\n", "#* note *#", "#break", "#stop", "1#2"]
)
WHOLE = st.sampled_from([
    "#macro(m $p)<$p$x>#set($p = 1)#set($y = $p)#end", "#m('q')", "#m($x)", "#m()", "#define($d)[$x]#end",
    "#define($e $p)($p)#end", "#evaluate('$x#set($y = 2)')", "#evaluate($y)", "$x.put('k', 1)", "$y.add($x)",
    "#return($x)",
])  # fmt: skip


def _directives(texts: Any) -> Any:
    return (
        st.builds("#if({}){}#end".format, CONDITIONS, texts)
        | st.builds("#if({}){}#elseif({}){}#{{else}}{}#end".format, CONDITIONS, texts, CONDITIONS, texts, texts)
        | st.builds("#foreach($i in {}){}#end".format, VALUES, texts)
        | st.builds("{}{}".format, texts, texts)
    )


SETS = st.builds("#set({} = {})".format, TARGETS, CONDITIONS)
TEMPLATES = st.builds(
    "".join,
    st.lists(st.recursive(WORDS | REFERENCES | SETS | WHOLE, _directives, max_leaves=8), min_size=1, max_size=4),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 99) | st.text("abc '\"", max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def namespace(body: Any) -> dict[str, Any]:
    """What a request's template sees."""
    params = JavaMap(path=JavaMap(), querystring=JavaMap(q="1"), header=JavaMap())
    context = {"id": "r-1", "claims": {"sub": "s"}, "overrides": {"k": {}}}
    text = json.dumps(body)
    given_input = Input(lambda: text, lambda: copy.deepcopy(body), lambda: params)
    return {"input": given_input, "util": UTIL, "context": context, "stageVariables": JavaMap(v="7")}


def ours(text: str, space: dict[str, Any]) -> str:
    try:
        return "=" + compile_template(text)(space)
    except ConfigError:
        return REFUSED
    except (TemplateFailed, BadPath):
        return FAILED


def theirs(text: str, space: dict[str, Any]) -> str:
    try:
        return "=" + reference.render(text, space)
    except (operators.TemplateError, operators.NoMatch):
        return REFUSED
    except reference.Failed:
        return FAILED


@seed(20261125)
@settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(TEMPLATES, JSON)
def test_a_compiled_template_says_what_airspeed_would(text: str, body: Any) -> None:
    """The same text, and the same writes to $context; what fails there fails here, unless && or || spare it."""
    here, there = namespace(body), namespace(body)
    with reference.velocitys_rules():
        expected = theirs(text, there)
    found = ours(text, here)
    if expected == FAILED and any(sign in text for sign in ("&&", "||", "and", "or")):
        return
    assert found == expected
    assert here["context"] == there["context"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#foreach($i in [1..3])#set($last = $i)#end$last", "3"),
        ("#set($l = [])#if($l.size() > 0 && $l.get(0) == 1)y#{else}n#end", "n"),
        ("#if(true || $util.parseJson('{'))y#end", "y"),
        ("#if(null)y#{else}n#end#if(!null)y#end", "ny"),
        ("#set($m = [[1, 2]])#set($i = 1)$m[0][$i]$m[0][9]", "2"),
        ("[$context.keys][$input.path]", "[][]"),
        ("#foreach($i in [1..3])$i#if($i == 2)#stop#end#end!", "12"),
        ('#set($x = "a#stop")never', ""),
    ],
)
def test_where_velocity_and_airspeed_differ_it_is_velocity(text: str, expected: str) -> None:
    """docs/decisions/0017-velocity.md lists them."""
    assert compile_template(text)(namespace({})) == expected


def test_a_failure_names_its_line() -> None:
    """The innermost directive that failed, for the execution log."""
    with pytest.raises(TemplateFailed, match=r"line 3, .*parseJson.*: JSONDecodeError"):
        compile_template("a\n#if(true)\n$util.parseJson('{')#end")(namespace({}))


def test_a_sign_that_no_velocity_has_is_refused() -> None:
    """airspeed reads it and does not know it."""
    with pytest.raises(ConfigError, match="mapping template"):
        compile_template("#if(1 not 2)#end")


@pytest.mark.parametrize("text", ["#parse('x.vm')", "#include('/etc/passwd')"])
def test_other_files_are_refused(text: str) -> None:
    """There are none on API Gateway."""
    with pytest.raises(ConfigError, match="no other files"):
        compile_template(text)
