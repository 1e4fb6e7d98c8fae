"""Velocity as API Gateway runs it, beyond what airspeed does by itself."""

import json
from contextlib import suppress
from typing import Any

import pytest

from cloud.errors import ConfigError
from services.gateway.template import MAX_TEMPLATE, UTIL, Input, compile_template
from services.gateway.velocity.scope import TemplateFailed
from services.gateway.velocity.values import JavaMap
from tests.unit.gateway.support import Gateway, document, header, method

BODY = '{"a": {"b": 1, "c": [1, 2, 3]}, "s": "x\'y", "n": null, "f": 1.5, "t": true, "e": {}}'


def rendered(text: str, body: str = BODY) -> str:
    params = JavaMap(path=JavaMap(p="1"), querystring=JavaMap(q="2", p="no"), header=JavaMap({"X-H": "3"}))
    given = Input(lambda: body, lambda: json.loads(body) if body else {}, lambda: params)
    context: dict[str, Any] = {"requestOverride": {"header": {}}, "responseOverride": {"status": None, "header": {}}}
    namespace = {"input": given, "util": UTIL, "context": context, "stageVariables": JavaMap(v="7")}
    return compile_template(text)(namespace)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$input.path('$.a')", "{b=1, c=[1,2,3]}"),
        ("$input.json('$.a')", '{"b":1,"c":[1,2,3]}'),
        ("$input.path('$.nope')|$input.path('$.n')|$input.json('$.nope')", "||"),
        ("$input.path('$.t') $input.path('$.f')", "true 1.5"),
        ("$input.params('p') $input.params('q') $input.params('X-H') $input.params('none')", "1 2 3 "),
        ("$input.params().querystring.q $input.params().header.get('X-H')", "2 3"),
        ("$stageVariables.v ${stageVariables.v}", "7 7"),
        ("$!nothing|$nothing|${nothing.at.all}", "||"),
        ("#set($m = {})#set($x = $m.put('k', 'v'))$m $m.k $m.size() $m.keySet() $m.values()", "{k=v} v 1 [k] [v]"),
        ("#set($l = [1, 'a'])$l $l.size() $l.get(1) $l.contains(1)", "[1, a] 2 a true"),
        ("#set($m = {'size': 3, 'get': 'x', 'keys': 1})$m.size() $m.get('size') $m.size $m.get", "3 3 3 x"),
        ("#foreach($x in $input.path('$.a.c'))$x#if($foreach.hasNext),#end#end", "1,2,3"),
        (
            "#foreach($x in $input.path('$.a.c'))$foreach.index$foreach.count$foreach.first;#end",
            "01true;12false;23false;",
        ),
        ("#foreach($x in {'a': 1, 'b': 2})$x #end", "1 2 "),
        ("#foreach($x in [1..3])#if($x == 2)#break#end$x#end!", "1!"),
        ("#foreach($x in [1..2])#foreach($y in [1..9])#if($y == 2)#break#end$x$y #end#end", "11 21 "),
        ("#foreach($x in 'text')$x#end#foreach($x in $none)$x#end", ""),
        ("a#break b", "a"),
        ("a#stop b", "a"),
        ("#if($input.path('$.e').isEmpty() && !$none)y#{else}n#end", "y"),
        ("#if(1 > 2)a#elseif(2 == 2)b#{else}c#end", "b"),
        ("#set($x = 1 + 2 * 3)$x #set($y = 7 % 4)$y", "7 3"),
        ("#set($x = \"a${input.path('$.a.b')}c\")$x", "a1c"),
        ("#macro(twice $x)$x$x#end#twice('ab')", "abab"),
        ("$input.path('$.s').replaceAll(\"'\", '-').toUpperCase().charAt(0)", "X"),
        ("$input.path('$.f').intValue() $input.path('$.a.b').toString() $input.path('$.f').parseInt('12')", "1 1 12"),
        ('$util.parseJson(\'{"a": [1, {"b": 2}]}\').a[1].b', "2"),
        ("$util.base64Decode($util.base64Encode('é'))$util.urlDecode($util.urlEncode('a b&ü'))", "éa b&ü"),
        ("$util.escapeJavaScript($input.path('$.s'))", "x\\'y"),
        ("## a comment\nx#* y *#z", "xz"),
    ],
)
def test_what_a_template_says(text: str, expected: str) -> None:
    """Each as API Gateway renders it."""
    assert rendered(text) == expected


def test_an_empty_body_counts_as_an_object() -> None:
    """{}."""
    assert rendered("$input.body $input.json('$')", "") == "{} {}"


@pytest.mark.parametrize(
    "text", ["$input.__class__", "$util.__init__.__globals__", "$context.__len__()", "$input._text()"]
)
def test_a_template_reaches_no_inside_of_python(text: str) -> None:
    """Names with an underscore first are undefined."""
    with suppress(TemplateFailed):
        assert rendered(text) == ""


def test_limits_are_awss() -> None:
    """A thousand turns of a loop, 300 KB of template; ranges and macros that never end fail."""
    assert len(rendered("#foreach($x in [1..1000])x#end")) == 1000
    for endless in ("#foreach($x in [1..1001])x#end", "#set($r = [1..99999999])", "#macro(m)#m()#end#m()"):
        with pytest.raises(TemplateFailed):
            rendered(endless)
    with pytest.raises(ConfigError, match="longer"):
        compile_template("x" * (MAX_TEMPLATE + 1))
    for broken in ("#if($x)", "#else", "${x", "#set($x)", "#end"):
        with pytest.raises(ConfigError, match="mapping template"):
            compile_template(broken)


OVERRIDES = (
    "#set($context.requestOverride.header.X-A = 'a')#set($context.requestOverride.querystring.q = 1)"
    "#set($context.requestOverride.path.key = 'k')#set($stageVariables.v = 'changed'){}"
)


def test_overrides_change_request_and_response_and_nothing_beyond() -> None:
    """Headers, query, path, status; what a template writes to is gone with its request."""
    response = {"application/json": "#set($context.responseOverride.status = 418)"
                "#set($context.responseOverride.header.X-B = 'b')$stageVariables.v"}  # fmt: skip
    integration = {
        "type": "aws", "httpMethod": "GET", "uri": "arn:aws:apigateway:us-east-1:s3:path/b/{key}",
        "requestTemplates": {"application/json": OVERRIDES},
        "responses": {"default": {"statusCode": "200", "responseTemplates": response}},
    }  # fmt: skip
    variables = {"v": "kept"}
    shop = Gateway(document({"/x": {"get": method(integration)}}), variables=variables)
    answers = [shop.send("GET", "/x") for _ in range(2)]
    call = shop.calls[0]
    assert (call.path, call.query, call.headers["X-A"]) == ("/b/k", [("q", "1")], "a")
    assert [(a.status, header(a, "X-B"), a.body) for a in answers] == [(418, "b", b"kept")] * 2
    assert variables == {"v": "kept"}
