#!/usr/bin/env python3
"""Figures of the program on the sealed notes: it prints a table, and no note, no id, no error.

usage: score.py SCORER [OPNOTE]      SCORER: a script that takes PREDICTIONS --gold FILE --notes FILE

The notes are encoded so that nobody reads them by chance: what they say must not guide what is built.
"""
import base64, os, subprocess, sys, tempfile, zlib

here = os.path.dirname(os.path.abspath(__file__))
scorer = sys.argv[1]
exe = sys.argv[2] if len(sys.argv) > 2 else "target/release/opnote"
rows = zlib.decompress(base64.b85decode(open(f"{here}/notes.b85", "rb").read())).decode().split("\n")
with tempfile.TemporaryDirectory() as folder:
    notes, out = f"{folder}/notes.jsonl", f"{folder}/out.jsonl"
    with open(notes, "w") as file:
        file.writelines(row + "\n" for row in rows)
    with open(out, "w") as file:
        code = subprocess.run([exe, "code", "--format", "jsonl", notes], stdout=file, stderr=subprocess.DEVNULL).returncode
    if code not in (0, 1):
        sys.exit(f"opnote exited {code}")
    subprocess.run([sys.executable, scorer, out, "--gold", notes, "--notes", notes])
