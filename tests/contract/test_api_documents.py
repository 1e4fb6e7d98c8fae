"""The labs' API documents, imported as AWS's importer takes them, by LocalStack's API Gateway.

MiniStack answers ImportRestApi, too, but makes an empty API of any document.
"""

import json
import re

import pytest

from labs import declare
from services.gateway.catalogue import read_document
from services.gateway.routes import VERBS
from tests.contract.emulators import Emulator

SERVICE = "apigateway"
pytestmark = pytest.mark.emulator

DOCUMENTS = {
    f"{package}/{api.Body}": declare.ROOT / package / api.Body
    for package in [*declare.names(), "_template"]
    for api in declare.load(package).of(declare.RestApi)
}
_REFERENCE = re.compile(r"\$\{(?!stageVariables\.)!?[^}]*\}")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_labs_document_is_imported_whole(emulator: Emulator, name: str) -> None:
    """Every method of every path is there afterwards, with its integration's type and address."""
    document = json.loads(_REFERENCE.sub("known", json.dumps(read_document(DOCUMENTS[name]), default=str)))
    apigateway = emulator.client("apigateway")
    imported = apigateway.import_rest_api(failOnWarnings=False, body=json.dumps(document))
    resources = apigateway.get_resources(restApiId=imported["id"], limit=500, embed=["methods"])["items"]
    found = {
        (resource["path"], verb): method["methodIntegration"]
        for resource in resources
        for verb, method in resource.get("resourceMethods", {}).items()
    }
    declared = {
        (path, verb.upper()): operation["x-amazon-apigateway-integration"]
        for path, operations in document["paths"].items()
        for verb, operation in operations.items()
        if verb.upper() in VERBS
    }

    assert found.keys() == declared.keys()
    assert {key: one["type"] for key, one in found.items()} == {
        key: one["type"].upper() for key, one in declared.items()
    }
    for key, one in declared.items():
        if "uri" in one:
            assert found[key]["uri"] == one["uri"]
