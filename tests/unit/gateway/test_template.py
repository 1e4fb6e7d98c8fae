"""Mapping templates: what API Gateway's Velocity offers."""

import json
from typing import Any

import pytest

from cloud.errors import ConfigError
from services.gateway.template import UTIL, Input, compile_template
from services.gateway.velocity.scope import TemplateFailed
from services.gateway.velocity.values import JavaMap

BODY = {
    "name": "Ünï \"q\" 'x' \\ /",
    "n": 3,
    "big": 123456789012345678901234567890,
    "ok": True,
    "none": None,
    "list": [1, "b", {"c": [2]}],
    "map": {"a": 1, "b": {"c": "d"}},
}


def render(text: str, body: str | None = None, **namespace: Any) -> str:
    raw = json.dumps(BODY) if body is None else body
    params = JavaMap(
        path=JavaMap(id="p1"), querystring=JavaMap(id="q1", q="2"), header=JavaMap({"X-H": "h", "id": "h1"})
    )
    given = Input(lambda: raw, lambda: json.loads(raw) if raw else {}, lambda: params)
    everything = {"input": given, "util": UTIL, "context": {"requestId": "r", "m": {}}, "stageVariables": {"v": "V"}}
    return compile_template(text)({**everything, **namespace})


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("plain {text}", "plain {text}"),
        ("$context.requestId ${context.requestId} $stageVariables.v $stageVariables['v']", "r r V V"),
        ("[$nothing][$!nothing][${nothing}][$context.no.such.thing]", "[][][][]"),
        ("$input.path('$.n')$input.path('$.ok')|$input.path('$.none')|$input.path('$.gone')|", "3true|||"),
        ("$input.path('$.map')", "{a=1, b={c=d}}"),
        ("$input.path('$.list')", '[1,"b",{"c":[2]}]'),
        ("$input.json('$.map')", '{"a":1,"b":{"c":"d"}}'),
        ("$input.json('$.big')|$input.json('$.none')|$input.json('$.gone')|", "123456789012345678901234567890|null||"),
        ("$input.path('$').map.b.c", "d"),
        ("$input.params('id') $input.params('q') $input.params('x-h')|$input.params('no')|", "p1 2 h||"),
        ("$input.params().querystring.get('q')$input.params().path.id", "2p1"),
        ("#set($x = 1)#set($y = $x + 2)$y", "3"),
        ("#if($input.path('$.n') == 3)three#elseif(true)no#{else}none#end!", "three!"),
        ("#if($undefined)yes#{else}no#end", "no"),
        ("#if($input.path('$.gone') == \"\")empty#end", "empty"),
        ("#if(!$undefined && $input.path('$.ok'))both#end", "both"),
        (
            "#foreach($x in $input.path('$.list'))$foreach.index:$foreach.count:$x#if($foreach.hasNext), #end#end",
            "0:1:1, 1:2:b, 2:3:{c=[2]}",
        ),
        ("#foreach($k in $input.path('$.map').keySet())$k=$input.path('$.map').get($k);#end", "a=1;b={c=d};"),
        ("#foreach($x in $input.path('$.gone'))never#end", ""),
        ("$input.path('$.list').size() $input.path('$.map').size() $input.path('$.list')[1]", "3 2 b"),
        ("$util.base64Encode($input.json('$.map')) $util.base64Decode(\"YWI=\")", "eyJhIjoxLCJiIjp7ImMiOiJkIn19 ab"),
        ("$util.base64Encode(\"$input.json('$.n')\")", "Mw=="),
        ("$util.urlEncode('a b&ü') $util.urlDecode('a+b%26')", "a+b%26%C3%BC a b&"),
        ('$util.parseJson(\'{"a": [1, {"b": 2}]}\').a[1].b', "2"),
        ("$util.escapeJavaScript($input.path('$.n'))$util.escapeJavaScript($input.path('$.ok'))", "3true"),
        ("'A-b'$util.escapeJavaScript('A').replaceAll('A', 'x$0')", "'A-b'xA"),
        (
            "#set($s = 'Ab')$s.toUpperCase() $s.toLowerCase() $s.contains('b') $s.length() $s.substring(1)",
            "AB ab true 2 b",
        ),
        ("## a comment\ntext", "text"),
        ("costs $5 and #1", "costs $5 and #1"),
    ],
)
def test_a_template_gives(template: str, expected: str) -> None:
    """References, directives, methods and functions as API Gateway's own templates use them."""
    assert expected == render(template)


def test_an_escaped_text_is_json_again_once_the_single_quotes_are_mended() -> None:
    """The idiom of AWS's documentation: escapeJavaScript, then replaceAll of \\' by '."""
    text = "$util.escapeJavaScript($input.path('$.name')).replaceAll(\"\\\\'\",\"'\")"

    assert BODY["name"] == json.loads(f'"{render(text)}"')


def test_an_empty_body_counts_as_an_empty_object() -> None:
    """$input.body prints {}, paths lead nowhere."""
    assert render("$input.body|$input.path('$.a')|$input.json('$')", body="") == "{}||{}"


def test_overrides_are_written_to_the_context() -> None:
    """#set may assign below $context."""
    context: dict[str, Any] = {"responseOverride": {"header": {}, "status": None}}
    text = "#set($context.responseOverride.status = 429)#set($context.responseOverride.header.X-A = 'b')"

    assert render(text, context=context) == ""
    assert context["responseOverride"] == {"header": {"X-A": "b"}, "status": 429}


def test_what_a_template_sets_is_gone_with_the_next_render() -> None:
    """A compiled template keeps nothing of a request."""
    template = compile_template("[$x]#set($x = 'left over')")

    assert template({}) == template({}) == "[]"


@pytest.mark.parametrize("text", ["#if($a)", "#foreach($x in $y)", "#set($x = )", "#end"])
def test_what_is_no_velocity_is_refused_at_load(text: str) -> None:
    """A broken template must not wait for its first request."""
    with pytest.raises(ConfigError, match="mapping template"):
        compile_template(text)


@pytest.mark.parametrize("text", ["#set($x = 1 / 0)", "$util.parseJson('{')", "$input.path(1, 2, 3)"])
def test_a_template_that_fails_says_so(text: str) -> None:
    """Never an exception of somebody else's."""
    with pytest.raises(TemplateFailed):
        render(text)
