#!/usr/bin/env python3
"""Derives lexicons/icd10cm_exclusions.csv: pairs of codes (or their beginnings) that are not reported together.

Usage: python3 tools/icd10cm_exclusions.py TABULAR.xml > lexicons/icd10cm_exclusions.csv

TABULAR.xml is the tabular list of NCHS, as in the PyPI package simple-icd-10-cm (MIT):
  pip download --no-deps simple-icd-10-cm==1.5.0 && unzip simple_icd_10_cm-*.whl
Of its Excludes1 notes only the code numbers are taken, and only where both codes are in lexicons/icd10cm.csv.
"""

import csv
import pathlib
import re
import sys
import xml.etree.ElementTree as xml

TABLE = pathlib.Path(__file__).resolve().parent.parent / "lexicons" / "icd10cm.csv"
CODE = r"[A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})?"


def excluded(note):
    """The codes, or beginnings of codes, in the last brackets of a note; ranges within one category are spelled out."""
    brackets = re.findall(r"\(([^()]*)\)", note)
    for part in re.split(r"[,;]\s*|\band\b", brackets[-1]) if brackets else []:
        part = part.strip()
        if span := re.fullmatch(rf"({CODE})-({CODE})", part):
            yield from spelled(*span.groups())
        elif one := re.fullmatch(rf"({CODE})\.?-?", part):
            yield one.group(1)


def spelled(first, last):
    """The categories or the one-digit subcategories from first to last."""
    if "." not in first and "." not in last and first[0] == last[0]:
        if first[1:].isdigit() and last[1:].isdigit():
            yield from (f"{first[0]}{n:02}" for n in range(int(first[1:]), int(last[1:]) + 1))
    elif first[:-1] == last[:-1] and first[-1].isdigit() and last[-1].isdigit():
        yield from (f"{first[:-1]}{n}" for n in range(int(first[-1]), int(last[-1]) + 1))


def main():
    with TABLE.open() as table:
        rows = csv.DictReader(line for line in table if not line.startswith("#"))
        known = [row["code"] for row in rows if row["billable"] == "yes"]

    def listed(beginning):
        return any(code.startswith(beginning) for code in known)

    pairs = set()
    for diagnosis in xml.parse(sys.argv[1]).getroot().iter("diag"):
        code = diagnosis.findtext("name")
        if listed(code):
            notes = (note.text or "" for group in diagnosis.findall("excludes1") for note in group.findall("note"))
            pairs |= {(code, other) for note in notes for other in excluded(note) if listed(other)}
    print("# Pairs of diagnosis codes, or beginnings of codes, that are not reported together for one condition: a note at the")
    print("# first excludes the second (Excludes1, tabular list of April 2026, S302). Made by tools/icd10cm_exclusions.py.")
    print("code,excludes")
    for pair in sorted(pairs):
        print(",".join(pair))


main()
