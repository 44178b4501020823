"""Does to Iceberg tables what is asked on standard input, line by line, and answers each line by one on standard output.

    { "uri": "sqlite:////path/catalog.db", "catalog": "psyberg", "do": [REQUEST, ...] }  ->  { "answers": [...] } or { "error": TEXT }

The catalog is opened anew for each line, as another program would.

REQUESTs, and what each answers:
    { "do": "tables" }                                             every table's name
    { "do": "read", "table": T, "snapshot": ID?, "filter": F? }    { rows } of the current or of the given snapshot
    { "do": "plan", "table": T, "filter": F? }                     { paths } of the files that a scan would read
    { "do": "structure", "table": T }                              { columns, partition, sort }, as texts
    { "do": "schema", "table": T, "steps": [[METHOD, ...ARGS]] }   { }; methods of UpdateSchema, types as texts
    { "do": "spec", "table": T, "steps": [[METHOD, ...ARGS]] }     { }; methods of UpdateSpec, transforms as texts
    { "do": "history", "table": T }                                { current, snapshots: [{ id, operation, summary }], refs }
    { "do": "create", "table": T, "location": L, "columns": [[NAME, TYPE]] }   { }; types as texts
    { "do": "append", "table": T, "rows": [...] }                  { snapshot }; rows in the form of rows_as_json.py
    { "do": "add files", "table": T, "rows": [...] }               { }; rows as a Parquet file without field ids, by add_files
    { "do": "overwrite", "table": T, "rows": [...], "filter": F }  { snapshot }; rows in place of those that match
    { "do": "delete", "table": T, "filter": "id = 1" }             { snapshot }
    { "do": "expire", "table": T, "snapshots": [ID, ...] }         { }; off the list only, as PyIceberg does it
    { "do": "roll back", "table": T, "snapshot": ID }              { snapshot }
Snapshot ids are texts.
"""
import datetime as dt
import decimal
import json
import os
import sys
import traceback
import uuid
import warnings

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.schema import Schema
from pyiceberg.transforms import parse_transform
from pyiceberg.types import (
    DateType, DecimalType, IcebergType, ListType, LongType, MapType, NestedField, StructType, TimestampType, TimestamptzType,
)
from pydantic import TypeAdapter

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "pyiceberg"))
from rows_as_json import rows_of  # noqa: E402

warnings.simplefilter("ignore")


def tables(catalog, _request):
    return [".".join(name) for namespace in catalog.list_namespaces() for name in catalog.list_tables(namespace)]


def read(catalog, request):
    table = catalog.load_table(request["table"])
    snapshot = request.get("snapshot")
    row_filter = request.get("filter") or "true"
    return {"rows": rows_of(table.scan(row_filter, snapshot_id=None if snapshot is None else int(snapshot)))}


def plan(catalog, request):
    scan = catalog.load_table(request["table"]).scan(request.get("filter") or "true")
    return {"paths": sorted(task.file.file_path for task in scan.plan_files())}


def structure(catalog, request):
    table = catalog.load_table(request["table"])
    return {
        "columns": [f"{f.field_id} {f.name}: {f.field_type}{' required' if f.required else ''}" for f in table.schema().fields],
        "partition": [f"{f.field_id} {f.name}: {f.transform}({f.source_id})" for f in table.spec().fields],
        "sort": [f"{f.transform}({f.source_id}) {f.direction.value} {f.null_order.value}" for f in table.sort_order().fields],
    }


def schema(catalog, request):
    with catalog.load_table(request["table"]).update_schema() as update:
        for method, *args in request["steps"]:
            if method == "add_column":
                args[1] = parse_type(args[1])
            getattr(update, method)(*args)
    return {}


def spec(catalog, request):
    with catalog.load_table(request["table"]).update_spec() as update:
        for method, *args in request["steps"]:
            if method == "add_field":
                args[1] = parse_transform(args[1])
            getattr(update, method)(*args)
    return {}


def parse_type(text):
    return TypeAdapter(IcebergType).validate_python(text)


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


def create(catalog, request):
    catalog.create_namespace_if_not_exists(request["table"].rpartition(".")[0])
    fields = [NestedField(i + 1, name, parse_type(kind), required=False) for i, (name, kind) in enumerate(request["columns"])]
    catalog.create_table(request["table"], Schema(*fields), location=request["location"])
    return {}


def append(catalog, request):
    table = catalog.load_table(request["table"])
    table.append(arrow_of(table, request["rows"]))
    return {"snapshot": str(table.current_snapshot().snapshot_id)}


def add_files(catalog, request):
    """A new file, written as if no Iceberg were there, whose columns are called as the table's are now."""
    table = catalog.load_table(request["table"])
    path = f"{table.location()}/data/imported-{uuid.uuid4()}.parquet"
    rows = arrow_of(table, request["rows"])
    bare = pa.schema([pa.field(f.name, without_ids(f.type)) for f in rows.schema])
    local = path.removeprefix("file://")
    os.makedirs(os.path.dirname(local), exist_ok=True)
    pq.write_table(pa.Table.from_arrays(rows.columns, schema=bare), local)
    table.add_files([path])
    return {}


def without_ids(kind):
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(f.name, without_ids(f.type)) for f in kind])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(pa.field("element", without_ids(kind.value_type)))
    if pa.types.is_map(kind):
        return pa.map_(without_ids(kind.key_type), without_ids(kind.item_type))
    return kind


def overwrite(catalog, request):
    table = catalog.load_table(request["table"])
    table.overwrite(arrow_of(table, request["rows"]), overwrite_filter=request["filter"])
    return {"snapshot": str(table.current_snapshot().snapshot_id)}


def arrow_of(table, rows):
    values = [{f.name: from_json(f.field_type, row.get(f.name)) for f in table.schema().fields} for row in rows]
    return pa.Table.from_pylist(values, schema=table.schema().as_arrow())


def delete(catalog, request):
    table = catalog.load_table(request["table"])
    table.delete(request["filter"])
    return {"snapshot": str(table.current_snapshot().snapshot_id)}


def expire(catalog, request):
    catalog.load_table(request["table"]).maintenance.expire_snapshots().by_ids([int(i) for i in request["snapshots"]]).commit()
    return {}


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
    if isinstance(kind, StructType):
        return {f.name: from_json(f.field_type, value.get(f.name)) for f in kind.fields}
    if isinstance(kind, ListType):
        return [from_json(kind.element_type, element) for element in value]
    if isinstance(kind, MapType):
        return [(from_json(kind.key_type, k), from_json(kind.value_type, v)) for k, v in value]
    return value


ACTIONS = {
    "tables": tables,
    "read": read,
    "plan": plan,
    "structure": structure,
    "schema": schema,
    "spec": spec,
    "history": history,
    "create": create,
    "append": append,
    "add files": add_files,
    "overwrite": overwrite,
    "delete": delete,
    "expire": expire,
    "roll back": roll_back,
}


def answer(asked):
    catalog = SqlCatalog(asked["catalog"], uri=asked["uri"])
    try:
        return {"answers": [ACTIONS[request["do"]](catalog, request) for request in asked["do"]]}
    except Exception:  # whatever it is, the caller shall read it
        return {"error": traceback.format_exc()}
    finally:
        catalog.engine.dispose()


def main():
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
