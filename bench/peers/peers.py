"""What PyIceberg, fastavro and DuckDB need for the work that the benchmarks measure.

Reads one JSON request from standard input, prints one JSON answer: the wall and processor time of the best run in milliseconds, the
memory of the process at its highest in MiB, and what was found, so that a quick answer that is wrong shows itself.
"""

import json
import resource
import sys
import time


def timed(work, runs):
    best = None
    for _ in range(runs):
        before, cpu_before = time.perf_counter(), time.process_time()
        found = work()
        one = {
            "ms": (time.perf_counter() - before) * 1000,
            "cpuMs": (time.process_time() - cpu_before) * 1000,
            "found": found,
        }
        if best is None or one["ms"] < best["ms"]:
            best = one
    return best


def load(request):
    from pyiceberg.catalog.sql import SqlCatalog

    catalog = SqlCatalog(request["catalog"], uri=f"sqlite:///{request['database']}", warehouse=request["warehouse"])
    return catalog.load_table(request["table"])


def hours_of_entries(request):
    """The last commit's files out of the entries of the whole snapshot, as people write it."""
    table = load(request)
    entries = table.inspect.entries()
    head = table.current_snapshot().snapshot_id
    ours = [row for row in entries.to_pylist() if row["snapshot_id"] == head and row["status"] == 1]
    return sorted({row["data_file"]["partition"]["event_ts_hour"] for row in ours})


def hours_of_partitions(request):
    """The partitions that name the last commit as the last that updated them: the other way people write it."""
    table = load(request)
    head = table.current_snapshot().snapshot_id
    rows = table.inspect.partitions().to_pylist()
    return sorted({row["partition"]["event_ts_hour"] for row in rows if row["last_updated_snapshot_id"] == head})


def hours_of_own_manifests(request):
    """Only the manifests that the last commit added: what one writes who knows the format."""
    table = load(request)
    snapshot = table.current_snapshot()
    hours = set()
    for manifest in snapshot.manifests(table.io):
        if manifest.added_snapshot_id != snapshot.snapshot_id:
            continue
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=False):
            if entry.snapshot_id == snapshot.snapshot_id:
                hours.add(entry.data_file.partition[0])
    return sorted(hours)


def decode_pyiceberg(request):
    """Each round opens the file anew; the library keeps no decoded manifest for one that is read this way."""
    from pyiceberg.io.pyarrow import PyArrowFileIO
    from pyiceberg.manifest import DataFile, ManifestEntry, MANIFEST_ENTRY_SCHEMAS
    from pyiceberg.avro.file import AvroFile
    from pyiceberg.manifest import DEFAULT_READ_VERSION, DATA_FILE_TYPE, FileFormat, DataFileContent, ManifestEntryStatus

    io = PyArrowFileIO()
    found = 0
    for _ in range(request["rounds"]):
        with AvroFile[ManifestEntry](
            io.new_input(request["manifest"]),
            MANIFEST_ENTRY_SCHEMAS[DEFAULT_READ_VERSION],
            read_types={-1: ManifestEntry, 2: DataFile},
            read_enums={0: ManifestEntryStatus, 101: FileFormat, 134: DataFileContent},
        ) as reader:
            for _ in reader:
                found += 1
    return found


def decode_fastavro(request):
    import fastavro

    found = 0
    for _ in range(request["rounds"]):
        with open(request["manifest"], "rb") as file:
            for _ in fastavro.reader(file):
                found += 1
    return found


def decode_duckdb(request):
    """The columns that planning needs; one thread, as the others have."""
    import duckdb
    import duckdb_extension_avro
    from pathlib import Path

    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    extension = next(Path(duckdb_extension_avro.__file__).parent.rglob("*.duckdb_extension"))
    connection.execute(f"load '{extension}'")
    connection.execute("set threads = 1")
    found = 0
    for _ in range(request["rounds"]):
        query = (
            "select count(status), count(data_file.file_path), count(data_file.partition), sum(data_file.record_count), "
            "sum(data_file.file_size_in_bytes), count(data_file.lower_bounds), count(data_file.upper_bounds) "
            f"from read_avro('{request['manifest']}')"
        )
        found += connection.execute(query).fetchone()[0]
    return found


_table = {}


def plan_range(request):
    """Files that may hold rows of one range of the time column, on a table object that was loaded before."""
    key = (request["database"], request["table"])
    if key not in _table:
        _table[key] = load(request)
    scan = _table[key].scan(row_filter=request["filter"])
    return len(list(scan.plan_files()))


def plan_range_anew(request):
    return len(list(load(request).scan(row_filter=request["filter"]).plan_files()))


WORK = {
    "entries": hours_of_entries,
    "partitions": hours_of_partitions,
    "own-manifests": hours_of_own_manifests,
    "decode-pyiceberg": decode_pyiceberg,
    "decode-fastavro": decode_fastavro,
    "decode-duckdb": decode_duckdb,
    "plan-range": plan_range,
    "plan-range-anew": plan_range_anew,
}


def peak_kib():
    """On Linux the usual figure begins with the memory of the parent."""
    if sys.platform != "linux":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def main():
    request = json.load(sys.stdin)
    work = WORK[request["do"]]
    answer = timed(lambda: work(request), request.get("runs", 1))
    answer["peakMiB"] = peak_kib() / 1024
    json.dump(answer, sys.stdout)


main()
