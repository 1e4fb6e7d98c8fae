"""What is installed may be passed on with an Apache-2.0 project: every pinned package's licence is one of a list.

LICENCES: those that the packages themselves declare, and why each is no obstacle. Tools of the tests are held to the
same list; copyleft that would reach our own code (GPL, AGPL) is not on it.
"""

import re
from email.message import Message
from importlib import metadata

import pytest

from tests.house.repository import texts

PERMISSIVE = "asks for its notice to be kept"
PER_FILE = "copyleft of its own files, which are used as they are"
LICENCES = {
    "0BSD": PERMISSIVE,
    "AFL-2.1": PERMISSIVE,
    "Apache-2.0": "the project's own",
    "BSD-2-Clause": PERMISSIVE,
    "BSD-3-Clause": PERMISSIVE,
    "BSD": PERMISSIVE,
    "CC0-1.0": "asks for nothing",
    "MIT": PERMISSIVE,
    "MIT-0": "asks for nothing",
    "MIT-CMU": PERMISSIVE,
    "MPL-2.0": PER_FILE,
    "PSF-2.0": PERMISSIVE,
    "Zlib": PERMISSIVE,
}
CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "DFSG approved": "",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
IN_WORDS = {
    "Apache License 2.0": "Apache-2.0",
    "BSD-derived (http://www.repoze.org/LICENSE.txt)": "BSD",
}
"""What packages without classifier and expression write in their field License."""


def pinned(file: str) -> list[str]:
    """The names of a lock file's packages; some are for other systems or Pythons only."""
    return re.findall(r"(?m)^([A-Za-z0-9][\w.-]*)==", texts()[file])


def declared(name: str) -> set[str]:
    """The licences that a package's metadata names, as SPDX has them; what is not known stays as it is written."""
    said = metadata.metadata(name)
    if expressions := said.get_all("License-Expression", []):
        return set(re.split(r"[\s()]+|\bAND\b|\bOR\b|\bWITH\b", expressions[0])) - {""}
    words = [one.rpartition(" :: ")[2] for one in said.get_all("Classifier", []) if one.startswith("License ::")]
    if words:
        return {CLASSIFIERS.get(word, word) for word in words} - {""}
    text = said.get_all("License", ["none"])[0]
    return set(re.split(r" OR | AND ", IN_WORDS.get(text, text)))


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_has_a_licence_that_suits(file: str) -> None:
    """By what the installed package declares of itself."""
    installed = {re.sub(r"[-_.]+", "-", one.name).lower() for one in metadata.distributions()}
    names = {re.sub(r"[-_.]+", "-", name).lower() for name in pinned(file)} & installed
    found = {name: unknown for name in sorted(names) if (unknown := declared(name) - set(LICENCES))}

    assert len(names) > 0.9 * len(set(pinned(file)))
    assert found == {}


def test_no_licence_is_listed_for_nobody() -> None:
    """The list is as long as it has to be."""
    installed = {re.sub(r"[-_.]+", "-", one.name).lower() for one in metadata.distributions()}
    names = {re.sub(r"[-_.]+", "-", name).lower() for name in pinned("requirements-dev.txt")} & installed

    assert set(LICENCES) - set().union(*map(declared, names)) == set()


def test_a_strange_licence_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package under the GPL is not on the list, however it says so."""
    for header in ("License-Expression: GPL-3.0-or-later", "Classifier: License :: OSI Approved :: GNU GPL v3", ""):
        message = Message()
        if header:
            message[header.partition(": ")[0]] = header.partition(": ")[2]
        monkeypatch.setattr(metadata, "metadata", lambda _name, message=message: message)

        assert declared("x") - set(LICENCES)
