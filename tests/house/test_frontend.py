"""The pages: nothing from elsewhere, nothing inline, every word in one place, every foreign file with its licence."""

import hashlib
import json
import re

from tests.house.repository import ROOT, texts

PAGES = {path: text for path, text in texts().items() if path.startswith("frontend/")}
TEXTS = json.loads(PAGES["frontend/i18n/en.json"])
BUDGET = 1_500_000  # bytes of everything in frontend/


def test_pages_load_nothing_from_elsewhere() -> None:
    """No page, style or script names an address of another host; links in comments and licences are no loads."""
    loads = re.compile(r"""(?:src|href|action)=["']\w*:?//|url\(["']?\w*:?//|(?:import|fetch)\b[^\n]*["'`]https?://""")

    assert [path for path, text in PAGES.items() if "/vendor/" not in path and loads.search(text)] == []


def test_nothing_is_inline() -> None:
    """Scripts and styles are files, as the content security policy demands."""
    inline = re.compile(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", re.IGNORECASE)

    assert [path for path, text in PAGES.items() if path.endswith(".html") and inline.search(text)] == []


def test_nothing_is_set_as_markup() -> None:
    """What is displayed is text: no script of ours writes HTML, nor asks a library to."""
    markup = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", re.IGNORECASE)
    scripts = {path: text for path, text in PAGES.items() if path.endswith(".js") and "/vendor/" not in path}

    assert [path for path, text in scripts.items() if markup.search(text)] == []


def test_every_page_has_one_head() -> None:
    """Language, encoding, viewport, icon and the three common styles are said alike by all pages."""
    heads = {path: _head(path) for path in PAGES if path.endswith(".html")}
    common = {
        "html lang=en",
        "meta charset=utf-8",
        "meta name=viewport content=width=device-width, initial-scale=1",
        "link rel=icon href=assets/favicon.svg type=image/svg+xml",
        *(f"link rel=stylesheet href=css/{name}.css" for name in ("tokens", "base", "components")),
    }
    titles = [re.findall(r"<title>(.+)</title>", PAGES[path]) for path in heads]

    assert len(heads) >= 7
    assert {path: common - head for path, head in heads.items() if not common <= head} == {}
    assert all(len(title) == 1 and "Fogbank" in title[0] for title in titles)
    assert len({title[0] for title in titles}) == len(heads)


def test_every_page_with_scripts_can_be_reached_past_its_bar_and_loads_again() -> None:
    """The first link skips to what matters; the first script sees to it that the others arrive."""
    pages = {path: text for path, text in PAGES.items() if path.endswith(".html") and '<script type="module"' in text}

    assert len(pages) >= 6
    assert [path for path, text in pages.items() if 'class="skip"' not in text] == []
    assert {path: re.findall(r'<script [^>]*src="(?:\.\./)*([^"]+)"', text)[0] for path, text in pages.items()} == (
        dict.fromkeys(pages, "lib/reload.js")
    )


def test_every_page_that_signs_in_has_one_form() -> None:
    """The same fields with the same labels, whatever is said above them."""
    forms = {
        path: re.findall(r"<(?:label|input|button)\b[^>]*>", form[0])
        for path, text in PAGES.items()
        if path.endswith(".html") and (form := re.findall(r'<form [^>]*id="signin".*?</form>', text, re.DOTALL))
    }

    assert len(forms) == 2
    assert len({tuple(fields) for fields in forms.values()}) == 1


def test_every_language_has_every_text() -> None:
    """i18n/es.json has the keys of i18n/en.json, with the same parts to fill in, and no text is empty."""
    parts = re.compile(r"\{\w+\}")
    spanish = json.loads(PAGES["frontend/i18n/es.json"])

    assert set(spanish) == set(TEXTS)
    assert [
        key
        for key, text in spanish.items()
        if not text or sorted(parts.findall(text)) != sorted(parts.findall(TEXTS[key]))
    ] == []


def test_every_text_key_has_a_text() -> None:
    """A key in a page or a script is in i18n/en.json; where a part is filled in, some key fits."""
    used = _used()

    assert used
    assert [key for key in used if not any(re.fullmatch(key, known) for known in TEXTS)] == []


def test_every_text_is_used() -> None:
    """i18n/en.json holds nothing that no page shows."""
    used = _used()

    assert [known for known in TEXTS if not any(re.fullmatch(key, known) for key in used)] == []


def test_foreign_files_are_what_they_were() -> None:
    """VENDOR.json names each font and library with its hash, and its licence is beside it."""
    works = json.loads(PAGES["frontend/vendor/VENDOR.json"])
    listed = {path: file["sha512"] for work in works for path, file in work["files"].items()}
    fonts = {f"assets/fonts/{path.name}" for path in (ROOT / "frontend/assets/fonts").iterdir()}
    libraries = {f"vendor/{path.name}" for path in (ROOT / "frontend/vendor").glob("*.js")}

    assert listed == {path: hashlib.sha512((ROOT / "frontend" / path).read_bytes()).hexdigest() for path in listed}
    assert fonts | libraries <= set(listed)
    assert all("Copyright" in PAGES[f"frontend/{work['licenceText']}"] for work in works)


def test_the_pages_stay_small() -> None:
    """All of frontend/ is under 1.5 MB."""
    assert sum(path.stat().st_size for path in (ROOT / "frontend").rglob("*") if path.is_file()) < BUDGET


def _used() -> set[str]:
    """The keys that pages and scripts name, as patterns: what a script fills in may be anything."""
    keys: set[str] = set()
    for path, text in PAGES.items():
        if path.endswith(".html"):
            keys |= {re.escape(key) for key in re.findall(r'data-t(?:-label)?="([^"]+)"', text)}
        elif path.endswith(".js"):
            literal = re.findall(r"['`]([a-z]+(?:\.(?:\w+|\$\{[^}]+\}))+)['`]", text)
            keys |= {
                re.sub(r"\\\$\\\{.*?\\\}", r"\\w+", re.escape(key)) for key in literal if key.split(".")[0] in _ROOTS
            }
    return keys


def _head(path: str) -> set[str]:
    """The tags of a page's head, and html's own; addresses as seen from frontend/."""
    text = PAGES[path].partition("</head>")[0].replace(", viewport-fit=cover", "")
    tags = {re.sub(r"\s+", " ", tag).replace('"', "") for tag in re.findall(r"<((?:html|meta|link)\b[^>]*)>", text)}
    up = "../" * (path.count("/") - 1)
    return {tag.replace(f"href={up}", "href=") if up else tag.replace("href=/", "href=") for tag in tags}


_ROOTS = {key.split(".")[0] for key in TEXTS}
