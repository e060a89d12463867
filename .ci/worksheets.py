"""Fills worksheets in with openpyxl, passes them through LibreOffice, reads them back, compares. Called by .ci/worksheets."""

import json
import pathlib
import shutil
import subprocess
import sys

import openpyxl
import pandas
from irrCAC.raw import CAC
from openpyxl.cell.rich_text import CellRichText

OPNOTE, FOLDER = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
ROOT = pathlib.Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "docs" / "examples"
ANSWERS = ["verdict", "correct_line", "reason", "comment"]
shutil.rmtree(FOLDER, ignore_errors=True)
FOLDER.mkdir(parents=True)

failures = []
count = 0


def check(name, got, expected):
    global count
    count += 1
    if got != expected:
        failures.append(f"{name}\n  expected {expected!r}\n  got      {got!r}")


def close(name, got, expected):
    check(f"{name}: {got} is {expected}", got is not None and abs(got - expected) < 1e-6, True)


def audit(*more, expected=0):
    words = [OPNOTE, "audit", "--billed", EXAMPLE / "billing.csv", "--rvu", EXAMPLE / "rvu.csv", *more, ROOT / "corpus/notes"]
    out = subprocess.run([str(it) for it in words], capture_output=True, text=True, timeout=600)
    check(f"exit code of {' '.join(map(str, more))}: {out.stderr[-500:]}", out.returncode, expected)
    return out


def results(*more):
    lines = [json.loads(it) for it in audit("--format", "jsonl", *more).stdout.splitlines()]
    if not lines:
        sys.exit("\n".join(failures))
    return [it["finding"] for it in lines[:-1]], lines[-1]["summary"]


def columns(sheet):
    return {cell.value: cell.column for cell in sheet[1]}


def rows(sheet):
    return range(2, sheet.max_row + 1)


def worksheet(name):
    path = FOLDER / f"{name}.xlsx"
    audit("--format", "csv", "--worksheet", path, "--reviewer", name)
    return path


def looks(path):
    """What a reviewer sees: three sheets, locked but for four columns, drop-downs, marked words, formulas."""
    book = openpyxl.load_workbook(path, rich_text=True)
    check("sheets", book.sheetnames, ["Instructions", "Findings", "Summary"])
    check("protection", [it.protection.sheet for it in book], [True, True, True])
    sheet = book["Findings"]
    at = columns(sheet)
    for name, column in at.items():
        locked = {sheet.cell(row, column).protection.locked for row in rows(sheet)}
        check(f"column {name} is locked", locked, {name not in ANSWERS})
    lists = [it.formula1 for it in sheet.data_validations.dataValidation]
    check("drop-downs", len(lists), 2)
    check("drop-down of verdicts", any("upheld,overturned,other,query" in it for it in lists), True)
    marked = [it for row in rows(sheet) if isinstance(it := sheet.cell(row, at["excerpt"]).value, CellRichText)]
    check("some excerpts have marked words", len(marked) > 50, True)
    bold = [piece.text for it in marked for piece in it if not isinstance(piece, str) and piece.font.b]
    check("the marked words are bold", len(bold) >= len(marked), True)
    check("computed cells", str(sheet.cell(2, at["state"]).value).startswith("=IF("), True)
    return sheet.max_row - 1


def fill(path, shift):
    """Verdicts by a fixed pattern; another reviewer differs on some rows."""
    book = openpyxl.load_workbook(path, rich_text=True)
    sheet = book["Findings"]
    at = columns(sheet)
    given = {}
    for row in rows(sheet):
        agrees = sheet.cell(row, at["kind"]).value == "agreement"
        verdict = ["upheld", "upheld", "upheld", "query", "overturned", "other", "upheld"][(row + (shift if row % 5 == 0 else 0)) % 7]
        if agrees and verdict == "overturned":
            verdict = "upheld"
        sheet.cell(row, at["verdict"]).value = verdict
        if verdict == "other":
            sheet.cell(row, at["correct_line"]).value = "62322 x2"
        if not (agrees and verdict == "upheld"):
            sheet.cell(row, at["reason"]).value = "coder"
        if row % 9 == 0:
            sheet.cell(row, at["comment"]).value = "Größe – \"quoted\", ½"
        given[sheet.cell(row, at["finding"]).value] = "other: 62322 x2" if verdict == "other" else verdict
    book.save(path)
    return given


def through_libreoffice(path):
    folder = FOLDER / "libreoffice"
    profile = (FOLDER / "profile").resolve().as_uri()
    words = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx", "--outdir", folder, path]
    subprocess.run([str(it) for it in words], check=True, capture_output=True, timeout=300)
    return folder / path.name


def summary(path, given):
    """The formulas, as LibreOffice computed them."""
    book = openpyxl.load_workbook(path, data_only=True)
    sheet = book["Findings"]
    at = columns(sheet)
    check("every row is done", {sheet.cell(row, at["state"]).value for row in rows(sheet)}, {"done"})
    found = {row[0].value: row[1].value for row in book["Summary"].iter_rows(min_row=3)}
    verdicts = [it.split(":")[0] for it in given.values()]
    check("findings of the summary", found["findings"], len(given))
    check("left to do", found["left to do"], 0)
    for name in ["upheld", "overturned", "other", "query"]:
        check(f"summary: {name}", found[name], verdicts.count(name))
    upheld = sum(
        sheet.cell(row, at["kind"]).value == "agreement" and sheet.cell(row, at["verdict"]).value == "upheld"
        for row in rows(sheet)
    )
    decided = len(verdicts) - verdicts.count("query")
    close("share billed rightly", found["share billed rightly of those decided"], (upheld + verdicts.count("overturned")) / decided)
    for row in rows(sheet):
        verdict, right = sheet.cell(row, at["verdict"]).value, sheet.cell(row, at["right_line"]).value
        of = {"upheld": "documented", "overturned": "billed", "other": "correct_line"}.get(verdict)
        check(f"right line of row {row}", right or "", sheet.cell(row, at[of]).value if of else "")


def figures(findings, summary, rulings):
    """The accuracies counted anew."""
    claims = {}
    hits = of = extra = 0
    for it in findings:
        if it["kind"] == "not_compared" or it["is_remark"]:
            continue
        verdict = rulings.get(it["id"])
        billed, documented = it["billed"], it["documented"]
        open_line = it["kind"] == "missing_documentation" and "ask" in it
        if verdict is None or verdict == "query" or (verdict == "upheld" and open_line):
            claims.setdefault(it["note"], []).append(None)
            continue
        other = {"code": "62322", "modifiers": [], "units": 2}
        right = {"upheld": documented, "overturned": billed}.get(verdict, other)
        wrong = it["kind"] != "agreement" if verdict == "upheld" else verdict != "overturned" and billed != other
        claims.setdefault(it["note"], []).append(wrong)
        if right is None:
            extra += 1
        else:
            of += 1
            hits += (billed or {}).get("code") == right["code"]
    accuracy = summary["figures"]["accuracy"]
    check("code-level", (accuracy["code_level"]["hits"], accuracy["code_level"]["of"], accuracy["extra_codes"]), (hits, of, extra))
    settled = [it for it in claims.values() if None not in it]
    claim_level = (sum(not any(it) for it in settled), len(settled))
    check("claim-level", (accuracy["claim_level"]["hits"], accuracy["claim_level"]["of"]), claim_level)


def coefficients(summary, one, other):
    both = [(one[it], other[it]) for it in one]
    table = CAC(pandas.DataFrame(both, columns=["one", "other"]), digits=10)
    found = summary["agreement"]
    check("items", (found["items"], found["same"]), (len(both), sum(a == b for a, b in both)))
    for name, of in [("kappa", table.conger), ("ac1", table.gwet), ("alpha", table.krippendorff)]:
        close(name, found[name]["value"], of()["est"]["coefficient_value"])
    expected = table.gwet()["est"]["confidence_interval"]
    close("lower limit of AC1", found["ac1"]["interval"][0], expected[0])
    close("upper limit of AC1", found["ac1"]["interval"][1], expected[1])


ann, bob = worksheet("Ann"), worksheet("Bob")
count_of_rows = looks(ann)
untouched = FOLDER / "untouched.xlsx"
openpyxl.load_workbook(ann, rich_text=True).save(untouched)
check("saved by openpyxl and not filled in", f"findings without a verdict: {count_of_rows}" in audit("--reviewed", untouched).stderr, True)

one, other = fill(ann, 0), fill(bob, 3)
findings, both = results("--reviewed", ann, "--reviewed", bob)
rulings = {it: one[it] for it in one if one[it] == other[it]}
check("verdicts come back", {it["id"]: it["verdict"] for it in findings if "verdict" in it}, rulings)
figures(findings, both, rulings)
coefficients(both, one, other)

if shutil.which("soffice"):
    for path, given in [(ann, one), (bob, other)]:
        summary(through_libreoffice(path), given)
    again = results("--reviewed", FOLDER / "libreoffice" / "Ann.xlsx", "--reviewed", FOLDER / "libreoffice" / "Bob.xlsx")
    check("the same results after LibreOffice", again == (findings, both), True)
else:
    print("skipped: LibreOffice is not installed")

book = openpyxl.load_workbook(ann, rich_text=True)
at = columns(book["Findings"])
book["Findings"].cell(4, at["billed"]).value = "62321 x3"
broken = FOLDER / "broken.xlsx"
book.save(broken)
refused = audit("--reviewed", broken, expected=2).stderr
check("an edited locked cell is named", "sheet Findings, cell G4: this locked cell was edited" in refused, True)

print(f"{count} checks, {len(failures)} failures")
print("\n".join(failures[:20]))
sys.exit(bool(failures))
