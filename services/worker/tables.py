"""The names of the tables that hold the worker's state; cloud/tables.py is what they are made of."""

from cloud.tables import Conflict, DynamoDBTable, Item, Key, Table

__all__ = ["Conflict", "DynamoDBTable", "Item", "Key", "Table"]

FUNCTIONS = "FogbankFunctions"
FUNCTION_PARTS = "FogbankFunctionParts"
EVENTS = "FogbankEvents"
EVENT_PAYLOADS = "FogbankEventPayloads"
MAPPINGS = "FogbankEventSourceMappings"
LEASES = "FogbankLeases"
WINDOWS = "FogbankWindowStates"
