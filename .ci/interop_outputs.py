"""Reads what opnote writes with independent libraries and compares it with the JSON lines. Called by .ci/interop."""

import base64
import csv
import datetime
import io
import json
import pathlib
import shutil
import subprocess
import sys

OPNOTE, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
shutil.rmtree(FOLDER, ignore_errors=True)
FOLDER.mkdir(parents=True)
NOTES = ["corpus/notes", "corpus/mini.jsonl"]

failures = []
count = 0


def check(name, got, expected):
    global count
    count += 1
    if got != expected:
        failures.append(f"{name}\n  expected {expected!r}\n  got      {got!r}")


def opnote(*args, stdin=None):
    out = subprocess.run([OPNOTE, *args, "--no-config"], capture_output=True, input=stdin, timeout=600)
    if out.returncode not in (0, 3):
        raise RuntimeError(out.stderr.decode())
    return out.stdout


def lines(data):
    return [json.loads(it) for it in data.splitlines()]


def codes(report):
    return sorted(it["code"] for it in report["proposals"] if it["code"])


EXPECTED = lines(opnote("code", "--format", "jsonl", *NOTES))


def extensions(element, name):
    return [it for it in element.extension or [] if it.url == f"urn:opnote:{name}"]


def fhir():
    from fhir.resources.R4B.bundle import Bundle

    data = opnote("code", "--format", "fhir", *NOTES)
    bundles = [Bundle.model_validate_json(it) for it in data.splitlines()]
    plain = lines(data)
    check("fhir: bundles", len(bundles), len(EXPECTED))
    for bundle, report, raw in zip(bundles, EXPECTED, plain):
        name = report["note"]["id"]
        urls = [it.fullUrl for it in bundle.entry]
        check(f"fhir {name}: names", len(set(urls)), len(urls))
        by_kind = {}
        for entry in bundle.entry:
            by_kind.setdefault(entry.resource.get_resource_type(), []).append(entry.resource)
        (document,) = by_kind["DocumentReference"]
        check(f"fhir {name}: id", document.masterIdentifier.value, name)
        text = base64.b64decode(raw["entry"][0]["resource"]["content"][0]["attachment"]["data"], validate=True)
        check(f"fhir {name}: size", document.content[0].attachment.size, len(text))
        proposed = [it for it in by_kind.get("ChargeItem", []) if extensions(it, "disposition")]
        found = sorted(it.code.coding[0].code for it in proposed)
        check(f"fhir {name}: codes", found, codes(report))
        done = [it for it in report["encounter"]["procedures"] if it["status"] in ("performed", "attempted")]
        check(f"fhir {name}: procedures", len(by_kind.get("Procedure", [])), len(done))
        open_findings = [it for it in report["findings"] if it["outcome"] != "met" and it["severity"] != "advice"]
        issues = by_kind.get("DetectedIssue", [])
        check(f"fhir {name}: issues", [it.code.coding[0].code for it in issues], [it["id"] for it in open_findings])
        for provenance in by_kind.get("Provenance", []):
            check(f"fhir {name}: target", provenance.target[0].reference in urls, True)
            check(f"fhir {name}: source", provenance.entity[0].what.reference in urls, True)
            for words in extensions(provenance.entity[0], "evidence"):
                parts = {it.url: it for it in words.extension}
                start, end = parts["start"].valueUnsignedInt, parts["end"].valueUnsignedInt
                check(f"fhir {name}: words", text[start:end].decode(), parts["quote"].valueString)
    again = lines(opnote("code", "--format", "jsonl", stdin=data))
    check("fhir: read again", [codes(it) for it in again], [codes(it) for it in EXPECTED])
    check("fhir: ids again", [it["note"]["id"] for it in again], [it["note"]["id"] for it in EXPECTED])


def parquet():
    import pyarrow.dataset
    import pyarrow.parquet

    table_columns = next(csv.reader(io.StringIO(opnote("code", "--format", "csv", stdin=b"x").decode())))
    path = FOLDER / "notes.parquet"
    opnote("code", "--format", "parquet", "--output", str(path), *NOTES)
    rows = pyarrow.parquet.read_table(path).to_pylist()
    check("parquet: rows", len(rows), len(EXPECTED))
    for row, report in zip(rows, EXPECTED):
        name = report["note"]["id"]
        day = report["note"]["service_date"]
        check(f"parquet {name}: day", row["service_date"], day and datetime.date.fromisoformat(day))
        check(f"parquet {name}: id", row["id"], name)
        check(f"parquet {name}: proposals", len(row["proposals"]), len(report["proposals"]))
        for got, expected in zip(row["proposals"], report["proposals"]):
            for key in ("code", "units", "procedure", "confidence", "disposition"):
                check(f"parquet {name}: {key}", got[key], expected[key])
            check(f"parquet {name}: candidates", got["candidates"], ";".join(expected["candidates"]) or None)
            for key in ("evidence", "against"):
                words = [{"place": None, **it} for it in expected[key]]
                check(f"parquet {name}: {key}", got[key], words)
            missing = [it for it in table_columns if it not in ("id", "service_date") and it not in got]
            check(f"parquet {name}: columns", missing, [])
        facts = [len(it["facts"]) for it in row["procedures"]]
        expected = [sum(len(it) for it in it["attributes"].values()) for it in report["encounter"]["procedures"]]
        check(f"parquet {name}: facts", facts, expected)
        findings = [(it["id"], it["outcome"], it["procedure"]) for it in row["findings"]]
        expected = [(it["id"], it["outcome"], it["procedure"]) for it in report["findings"]]
        check(f"parquet {name}: findings", findings, expected)
    out = FOLDER / "run"
    opnote("batch", *NOTES, "--format", "parquet", "--part-size", "50", "--out", str(out))
    parts = sorted(str(it) for it in out.glob("part-*.parquet"))
    check("parquet: parts", len(parts) > 3, True)
    check("parquet: parts as a data set", pyarrow.dataset.dataset(parts).to_table().to_pylist(), rows)


def sarif():
    from sarif import loader

    path = FOLDER / "notes.sarif"
    opnote("code", "--format", "sarif", "--output", str(path), *NOTES)
    found = loader.load_sarif_file(str(path))
    open_findings = [
        it for report in EXPECTED for it in report["findings"] if it["outcome"] != "met" and it["severity"] != "advice"
    ]
    proposals = sum(len(it["proposals"]) for it in EXPECTED)
    results = found.get_results()
    check("sarif: results", len(results), len(open_findings) + proposals)
    check("sarif: tool", found.get_distinct_tool_names(), ["opnote"])
    rules = {it["id"] for it in json.loads(path.read_text())["runs"][0]["tool"]["driver"]["rules"]}
    check("sarif: rules", {it["ruleId"] for it in results}, rules)
    whole = path.read_text()
    for note in sorted(pathlib.Path("corpus/notes").glob("*.txt")):
        for line in note.read_text().splitlines():
            if len(line) > 60:
                check(f"sarif {note.stem}: no words of the note", line[:60] in whole, False)


for step in [fhir, parquet, sarif]:
    try:
        step()
    except Exception as error:
        import traceback

        failures.append(f"{step.__name__}: {error!r}\n{traceback.format_exc(limit=-2)}")
print(f"{count} comparisons of outputs, {len(failures)} failures")
for failure in failures[:40]:
    print(failure)
sys.exit(1 if failures else 0)
