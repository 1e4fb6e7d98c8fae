"""The worker's tables. How tables are used, cloud/tables.py says."""

from cloud.tables import Conflict, DynamoDBTable, Item, Key, Table

__all__ = ["Conflict", "DynamoDBTable", "Item", "Key", "Table"]

FUNCTIONS = "FogbankFunctions"
FUNCTION_PARTS = "FogbankFunctionParts"
EVENTS = "FogbankEvents"
EVENT_PAYLOADS = "FogbankEventPayloads"
MAPPINGS = "FogbankEventSourceMappings"
LEASES = "FogbankLeases"
WINDOWS = "FogbankWindowStates"
