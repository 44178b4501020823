"""Does to Iceberg tables what is asked on standard input, and answers on standard output; both are one JSON document.

    pyiceberg_tool.py < { "uri": "sqlite:////path/catalog.db", "catalog": "psyberg", "do": [REQUEST, ...] }

REQUESTs, and what each answers:
    { "do": "tables" }                                             every table's name
    { "do": "read", "table": T, "snapshot": ID? }                  { rows } of the current or of the given snapshot
    { "do": "history", "table": T }                                { current, snapshots: [{ id, operation, summary }], refs }
    { "do": "append", "table": T, "rows": [...] }                  { snapshot }; rows in the form of rows_as_json.py
    { "do": "delete", "table": T, "filter": "id = 1" }             { snapshot }
    { "do": "roll back", "table": T, "snapshot": ID }              { snapshot }
Snapshot ids are texts.
"""
import datetime as dt
import decimal
import json
import os
import sys
import warnings

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.types import DateType, DecimalType, LongType, TimestampType, TimestamptzType

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "pyiceberg"))
from rows_as_json import rows_of  # noqa: E402

warnings.simplefilter("ignore")


def tables(catalog, _request):
    return [".".join(name) for namespace in catalog.list_namespaces() for name in catalog.list_tables(namespace)]


def read(catalog, request):
    table = catalog.load_table(request["table"])
    snapshot = request.get("snapshot")
    return {"rows": rows_of(table.scan() if snapshot is None else table.scan(snapshot_id=int(snapshot)))}


def history(catalog, request):
    metadata = catalog.load_table(request["table"]).metadata
    return {
        "current": None if metadata.current_snapshot_id is None else str(metadata.current_snapshot_id),
        "snapshots": [
            {"id": str(s.snapshot_id), "operation": s.summary.operation.value, "summary": dict(s.summary.additional_properties)}
            for s in metadata.snapshots
        ],
        "refs": {name: str(ref.snapshot_id) for name, ref in metadata.refs.items()},
    }


def append(catalog, request):
    table = catalog.load_table(request["table"])
    rows = [{f.name: from_json(f.field_type, row.get(f.name)) for f in table.schema().fields} for row in request["rows"]]
    table.append(pa.Table.from_pylist(rows, schema=table.schema().as_arrow()))
    return {"snapshot": str(table.current_snapshot().snapshot_id)}


def delete(catalog, request):
    table = catalog.load_table(request["table"])
    table.delete(request["filter"])
    return {"snapshot": str(table.current_snapshot().snapshot_id)}


def roll_back(catalog, request):
    table = catalog.load_table(request["table"])
    table.manage_snapshots().rollback_to_snapshot(snapshot_id=int(request["snapshot"])).commit()
    return {"snapshot": str(table.current_snapshot().snapshot_id)}


def from_json(kind, value):
    if value is None:
        return None
    if isinstance(kind, LongType):
        return int(value)
    if isinstance(kind, DecimalType):
        return decimal.Decimal(value)
    if isinstance(kind, DateType):
        return dt.date.fromisoformat(value)
    if isinstance(kind, TimestampType):
        return dt.datetime.fromisoformat(value)
    if isinstance(kind, TimestamptzType):
        return dt.datetime.fromisoformat(value.rstrip("Z")).replace(tzinfo=dt.timezone.utc)
    return value


ACTIONS = {"tables": tables, "read": read, "history": history, "append": append, "delete": delete, "roll back": roll_back}


def main():
    asked = json.load(sys.stdin)
    catalog = SqlCatalog(asked["catalog"], uri=asked["uri"])
    json.dump([ACTIONS[request["do"]](catalog, request) for request in asked["do"]], sys.stdout)


if __name__ == "__main__":
    main()
