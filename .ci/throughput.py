"""Measures `opnote batch` against bare `analyze` on copies of the corpus. Called by .ci/throughput."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

PROGRAMS, SIZES = pathlib.Path(sys.argv[1]).resolve(), [int(it) for it in sys.argv[2:]]
REPEATS = int(os.environ.get("OPNOTE_REPEATS", "3"))


def corpus():
    notes = [(it.stem, it.read_text()) for it in sorted(pathlib.Path("corpus/notes").glob("*.txt"))]
    for line in pathlib.Path("corpus/mini.jsonl").read_text().splitlines():
        note = json.loads(line)
        notes.append((str(note["id"]), note["text"]))
    return notes


def measured(command, cores):
    """Wall-clock seconds, processor seconds, and the largest resident memory in MiB of one run."""
    start = time.monotonic()
    child = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{command[0]} failed")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out.decode()


def best(command, cores, prepare=lambda: None):
    runs = []
    for _ in range(REPEATS):
        prepare()
        runs.append(measured(command, cores))
    return min(it[0] for it in runs), min(it[1] for it in runs), max(it[2] for it in runs), runs[-1][3]


notes = corpus()
all_cores = sorted(os.sched_getaffinity(0))
one, two = set(all_cores[:1]), set(all_cores[:2])
with tempfile.TemporaryDirectory() as folder:
    for size in SIZES:
        path = pathlib.Path(folder) / f"{size}.jsonl"
        with path.open("w") as file:
            for index in range(size):
                id, text = notes[index % len(notes)]
                file.write(json.dumps({"id": f"{id}-{index}", "text": text}) + "\n")
        out = pathlib.Path(folder) / f"out-{size}"
        clear = lambda: subprocess.run(["rm", "-rf", str(out)], check=True)
        batch = [str(PROGRAMS / "opnote"), "batch", "--no-config", str(path), "--out", str(out)]
        bare = best([str(PROGRAMS / "examples" / "analyze_lines"), str(path)], one)
        single = best([*batch, "--threads", "1"], one, clear)
        double = best([*batch, "--threads", "2"], two, clear)
        alone = float(bare[3].split()[-2])
        print(f"{size} notes ({path.stat().st_size / 1e6:.0f} MB)")
        print(f"  bare analyze            {alone:8.2f} s, {size / alone:.0f} notes a second")
        for name, it in [("batch, one core", single), ("batch, two cores", double)]:
            print(f"  {name:22}  {it[0]:8.2f} s, {it[1]:.2f} s of processors, {it[2]:.0f} MiB")
        print(f"  one core against bare   {alone / single[0]:8.2f} (by processor time {alone / single[1]:.2f})")
        print(f"  two cores against one   {single[0] / double[0]:8.2f}")
