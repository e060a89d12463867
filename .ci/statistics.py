"""Compares the statistics and samples of opnote with independent programs. Called by .ci/statistics.

Limits of whole numbers must be the same, everything else the same to 1e-9. Draws are repeated from docs/sampling.md,
with nothing but hashlib.
"""

import csv
import fractions
import hashlib
import itertools
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy
import scipy.stats
import statsmodels.stats.proportion as proportion

ANSWERS, OPNOTE = sys.argv[1], sys.argv[2]
LEVELS = [0.80, 0.90, 0.95]
TOLERANCE = 1e-9

random.seed(20261130)
failures = []
counts = {}
questions = []
checks = []


def ask(group, question, check):
    questions.append(json.dumps(question))
    checks.append((group, question, check))


def same(group, question, name, got, expected):
    counts[group] = counts.get(group, 0) + 1
    if isinstance(expected, int) or expected is None:
        fine = got == expected
    else:
        fine = got is not None and abs(got - expected) <= TOLERANCE * max(1.0, abs(expected))
    if not fine:
        failures.append(f"{group}, {name}: expected {expected!r}, got {got!r}\n  {json.dumps(question)[:300]}")


# Hypergeometric limits: by counting with whole numbers, and by SciPy where that would take long.
def exact_limits(frame, drawn, errors, level):
    tail = fractions.Fraction(round((1 - level) / 2 * 10**12), 10**12)
    whole = math.comb(frame, drawn)

    def likelier(wrong, values):
        ways = sum(math.comb(wrong, x) * math.comb(frame - wrong, drawn - x) for x in values)
        return ways > tail * whole

    possible = range(errors, frame - (drawn - errors) + 1)
    low = next(k for k in possible if likelier(k, range(errors, drawn + 1)))
    high = next(k for k in reversed(possible) if likelier(k, range(0, errors + 1)))
    return low, high


def scipy_limits(frame, drawn, errors, level):
    tail = round((1 - level) / 2, 12)
    first, last = errors, frame - (drawn - errors)
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if scipy.stats.hypergeom.sf(errors - 1, frame, middle, drawn) > tail else (middle + 1, high)
    fewest = low
    low, high = first, last
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if scipy.stats.hypergeom.cdf(errors, frame, middle, drawn) > tail else (low, middle - 1)
    return fewest, low


def hypergeometric():
    cases = [(n, d, x) for n in range(1, 15) for d in range(1, n + 1) for x in range(d + 1)]
    cases += [(n, d, random.randint(0, d)) for n in (20, 40, 60, 100) for d in (1, 2, 5, 10, 20)]
    for frame, drawn, errors in cases:
        for level in LEVELS:
            question = {"ask": "hypergeometric", "frame": frame, "drawn": drawn, "errors": errors, "level": level}
            limits = exact_limits(frame, drawn, errors, level)
            ask("hypergeometric, counted", question, lambda q, a, l=limits: pairs("hypergeometric, counted", q, a, l))
    cases = [(2000, 100, 7), (500, 30, 2), (2000, 100, 0), (1200, 60, 9), (100000, 400, 21), (1000000, 1000, 50)]
    for _ in range(120):
        frame = random.choice([50, 300, 614, 5000, 40000])
        drawn = random.randint(1, min(frame, 400))
        cases.append((frame, drawn, random.randint(0, drawn) if random.random() < 0.3 else random.randint(0, drawn // 8)))
    for frame, drawn, errors in cases:
        for level in LEVELS:
            question = {"ask": "hypergeometric", "frame": frame, "drawn": drawn, "errors": errors, "level": level}
            limits = scipy_limits(frame, drawn, errors, level)
            ask("hypergeometric, SciPy", question, lambda q, a, l=limits: pairs("hypergeometric, SciPy", q, a, l))


def pairs(group, question, got, expected):
    for name, one, other in zip(("low", "high"), got, expected):
        same(group, question, name, one, other)


# Limits of shares and quantiles.
def shares_and_quantiles():
    cases = [(hits, of) for of in (1, 2, 5, 30, 60, 100, 614, 5000) for hits in {0, 1, of // 20, of // 2, of - 1, of}]
    for hits, of in cases:
        for level in LEVELS + [0.99]:
            for name, method in (("clopper_pearson", "beta"), ("wilson", "wilson")):
                low, high = proportion.proportion_confint(hits, of, alpha=1 - level, method=method)
                low, high = (0.0 if hits == 0 else float(low)), (1.0 if hits == of else float(high))
                question = {"ask": name, "hits": hits, "of": of, "level": level}
                ask(name + ", statsmodels", question, lambda q, a, n=name, l=(low, high): pairs(n + ", statsmodels", q, a, l))
    for share in (0.9, 0.95, 0.975, 0.995, 0.6, 0.05, 1e-6):
        value = float(scipy.stats.norm.ppf(share))
        ask("normal, SciPy", {"ask": "normal", "share": share}, lambda q, a, v=value: same("normal, SciPy", q, "value", a, v))
        for degrees in (1, 2, 3, 5, 10, 29, 59, 99, 400, 10000, 1000000):
            value = float(scipy.stats.t.ppf(share, degrees))
            question = {"ask": "student", "share": share, "degrees": degrees}
            ask("student, SciPy", question, lambda q, a, v=value: same("student, SciPy", q, "value", a, v))


# Rates, totals and ratios: of NumPy by the formulas, and of samplics, a program for samples with strata.
def strata_of(number):
    strata = []
    for _ in range(number):
        frame = random.randint(20, 2000)
        drawn = random.randint(2, min(frame, 60))
        examined = [round(random.uniform(100, 400), 2) for _ in range(drawn)]
        wrong = [round(x * random.choice([0, 0, 0, 0.1, 0.4, 1.0]), 2) for x in examined]
        strata.append((frame, list(zip(examined, wrong))))
    return strata


def estimates():
    for number in [1] * 12 + [2, 3, 5, 8] * 4:
        strata = strata_of(number)
        frame = sum(it[0] for it in strata)
        rates = [(n, len(v), sum(1 for it in v if it[1] > 0)) for n, v in strata]
        p = sum(n / frame * x / d for n, d, x in rates)
        error = math.sqrt(sum((n / frame) ** 2 * (1 - d / n) * (x / d) * (1 - x / d) / (d - 1) for n, d, x in rates))
        question = {"ask": "rate", "strata": rates, "levels": LEVELS}
        ask("rates, NumPy", question, lambda q, a, p=p, e=error, n=number: rates_check(q, a, p, e, n))
        values = [(n, [it[1] for it in v]) for n, v in strata]
        question = {"ask": "total", "strata": values, "levels": LEVELS}
        total = sum(n * numpy.mean(v) for n, v in values)
        error = math.sqrt(sum(n * n * (1 - len(v) / n) * numpy.var(v, ddof=1) / len(v) for n, v in values))
        degrees = sum(len(v) - 1 for n, v in values if len(v) < n)
        ask("totals, NumPy and SciPy", question, lambda q, a, t=total, e=error, d=degrees: total_check("totals, NumPy and SciPy", q, a, t, e, d))
        ask("totals, samplics", question, lambda q, a, s=strata, e=error: samplics_total(q, a, s, e))
        base = sum(n * numpy.mean([it[0] for it in v]) for n, v in strata)
        ratio = total / base
        examined = base * random.uniform(0.9, 1.1)
        residuals = [(n, [y - ratio * x for x, y in v]) for n, v in strata]
        error = math.sqrt(sum(n * n * (1 - len(v) / n) * numpy.var(v, ddof=1) / len(v) for n, v in residuals))
        question = {"ask": "ratio", "strata": strata, "examined": examined, "levels": LEVELS}
        ask("ratios, NumPy and SciPy", question, lambda q, a, t=ratio * examined, e=error, d=degrees: total_check("ratios, NumPy and SciPy", q, a, t, e, d))
        ask("ratios, samplics", question, lambda q, a, s=strata, b=base, x=examined: samplics_ratio(q, a, s, b, x))


def rates_check(question, got, rate, error, number):
    same("rates, NumPy", question, "rate", got["rate"], rate)
    same("rates, NumPy", question, "standard error", got["standard_error"], error)
    for it in got["limits"] if number > 1 else []:
        half = scipy.stats.norm.ppf((1 + it["level"]) / 2) * error
        same("rates, NumPy", question, "low", it["normal"][0], max(rate - half, 0.0))
        same("rates, NumPy", question, "high", it["normal"][1], min(rate + half, 1.0))


def total_check(group, question, got, total, error, degrees):
    same(group, question, "total", got["total"], float(total))
    same(group, question, "standard error", got["standard_error"], float(error))
    same(group, question, "degrees", got["degrees"], degrees)
    for it in got["limits"]:
        low, high = scipy.stats.t.interval(it["level"], degrees, loc=total, scale=error) if error > 0 else (total, total)
        same(group, question, "low", it["low"], float(low))
        same(group, question, "high", it["high"], float(high))


def samplics_frame(strata):
    rows = [(index, x, y, n / len(v)) for index, (n, v) in enumerate(strata) for x, y in v]
    names, examined, wrong, weight = (numpy.array(it) for it in zip(*rows))
    return names, examined, wrong, weight, {index: len(v) / n for index, (n, v) in enumerate(strata)}


def samplics_total(question, got, strata, _):
    from samplics.estimation import TaylorEstimator
    from samplics.utils.types import PopParam

    names, _, wrong, weight, fpc = samplics_frame(strata)
    estimator = TaylorEstimator(PopParam.total)
    fpc = {key: 1 - value for key, value in fpc.items()}
    estimator.estimate(y=wrong, samp_weight=weight, stratum=names, fpc=fpc)
    same("totals, samplics", question, "total", got["total"], float(estimator.point_est))
    same("totals, samplics", question, "standard error", got["standard_error"], float(estimator.stderror))


def samplics_ratio(question, got, strata, base, examined):
    from samplics.estimation import TaylorEstimator
    from samplics.utils.types import PopParam

    names, amounts, wrong, weight, fpc = samplics_frame(strata)
    estimator = TaylorEstimator(PopParam.ratio)
    fpc = {key: 1 - value for key, value in fpc.items()}
    estimator.estimate(y=wrong, x=amounts, samp_weight=weight, stratum=names, fpc=fpc)
    same("ratios, samplics", question, "total", got["total"], float(estimator.point_est) * examined)
    # It states the error of the ratio, linear around the estimated base.
    same("ratios, samplics", question, "standard error", got["standard_error"], float(estimator.stderror) * base)


# Probability proportional to a weight: over every possible grouping and draw of a small frame, the estimate is right on
# average, and the variance that it states is, on average, the variance that it has.
def weighted():
    values, weights = [5.0, 0.0, 12.0, 3.0, 8.0], [4.0, 1.0, 9.0, 2.0, 6.0]
    outcomes = []
    for first in itertools.combinations(range(5), 3):
        groups = [first, tuple(it for it in range(5) if it not in first)]
        totals = [sum(weights[it] for it in group) for group in groups]
        for one, other in itertools.product(*groups):
            chance = weights[one] / totals[0] * weights[other] / totals[1] / math.comb(5, 3)
            units = [(values[it], weights[it], total, len(group)) for it, total, group in zip((one, other), totals, groups)]
            outcomes.append((chance, units))
    answers = []
    for index, (chance, units) in enumerate(outcomes):
        question = {"ask": "weighted", "units": units, "levels": [0.9]}

        def check(question, got, chance=chance, last=index == len(outcomes) - 1):
            answers.append((chance, got["total"], got["standard_error"] ** 2))
            if last:
                mean = sum(p * t for p, t, _ in answers)
                variance = sum(p * (t - mean) ** 2 for p, t, _ in answers)
                same("weighted, every outcome", question, "mean", mean, sum(values))
                same("weighted, every outcome", question, "variance", sum(p * v for p, _, v in answers), variance)

        ask("weighted, every outcome", question, check)


# Sizes.
def sizes():
    for expected, margin, level, frame in itertools.product((0.01, 0.05, 0.1, 0.5), (0.02, 0.03, 0.1), LEVELS, (None, 297, 5000)):
        z = scipy.stats.norm.ppf((1 + level) / 2)
        endless = z * z * expected * (1 - expected) / margin**2
        exact = endless / (1 + (endless - 1) / frame) if frame else endless
        question = {"ask": "size_for_rate", "expected": expected, "margin": margin, "level": level, "frame": frame}
        ask("sizes, SciPy", question, lambda q, a, e=(endless, exact): size_check(q, a, e))
    for mean, deviation, precision, level, frame in itertools.product((21.425, 300), (53.720026, 9), (0.1, 0.25), LEVELS, (None, 1000)):
        z = scipy.stats.norm.ppf((1 + level) / 2)
        endless = (z * deviation / (precision * mean)) ** 2
        exact = endless / (1 + endless / frame) if frame else endless
        question = {"ask": "size_for_amount", "mean": mean, "deviation": deviation, "precision": precision, "level": level, "frame": frame}
        ask("sizes, SciPy", question, lambda q, a, e=(endless, exact): size_check(q, a, e))
    for errors, target, level in itertools.product((0, 1, 3), (0.9, 0.95), (0.9, 0.95)):
        size = errors + 1
        while scipy.stats.binom.cdf(errors, size, 1 - target) > 1 - level:
            size += 1
        question = {"ask": "size_to_show", "errors": errors, "target": target, "level": level, "frame": None}
        ask("sizes, SciPy", question, lambda q, a, e=size: same("sizes, SciPy", q, "units", a, e))
        for frame in (297, 1000, 5001):
            wrong = math.floor(round((1 - target) * frame, 6)) + 1
            sizes = range(max(errors, 1), frame + 1)
            fits = (n for n in sizes if errors < wrong and scipy.stats.hypergeom.cdf(errors, frame, wrong, n) <= 1 - level)
            question = {"ask": "size_to_show", "errors": errors, "target": target, "level": level, "frame": frame}
            ask("sizes, SciPy", question, lambda q, a, e=next(fits, None): same("sizes, SciPy", q, "units", a, e))


def size_check(question, got, expected):
    same("sizes, SciPy", question, "endless", got["endless"], float(expected[0]))
    same("sizes, SciPy", question, "exact", got["exact"], float(expected[1]))


# Draws, as docs/sampling.md describes them.
SEED = "20261130"


def digest(word, name):
    return hashlib.sha256(f"{SEED},{word},{name}".encode()).hexdigest()


def by_key(units):
    return sorted(units, key=lambda it: digest("unit", it["id"]))


def number(word, index, below):
    return int(digest(word, index)[:32], 16) * below >> 128


def millionths(text):
    return int(fractions.Fraction(text) * 10**6)


def simple(units, size):
    return [it["id"] for it in by_key(units)[:size]]


def stratified(units, size):
    strata = {}
    for it in units:
        strata.setdefault(it["site"], []).append(it)
    parts = {name: size * len(its) / len(units) for name, its in strata.items()}
    whole = {name: math.floor(part) for name, part in parts.items()}
    for name in sorted(parts, key=lambda it: (-(parts[it] % 1), it))[: size - sum(whole.values())]:
        whole[name] += 1
    return [it["id"] for name in sorted(strata) for it in by_key(strata[name])[: whole[name]]]


def systematic(units, size):
    start = number("start", 0, len(units))
    return [units[(start + index * len(units)) // size]["id"] for index in range(size)]


def proportional(units, size):
    dealt, drawn = by_key(units), []
    for group in range(size):
        rest = number("group", group + 1, sum(millionths(it["paid"]) for it in dealt[group::size]))
        for it in dealt[group::size]:
            rest -= millionths(it["paid"])
            if rest < 0:
                drawn.append(it["id"])
                break
    return drawn


def lowest(units, size):
    return [it["id"] for it in sorted(by_key(units), key=lambda it: fractions.Fraction(it["paid"]))[:size]]


def draws():
    methods = [
        ("simple", [], simple),
        ("stratified", ["--strata", "site"], stratified),
        ("systematic", ["--systematic"], systematic),
        ("proportional", ["--weight", "paid"], proportional),
        ("targeted", ["--target", "paid:lowest"], lowest),
    ]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for units in (7, 297, 5000):
            rows = [
                {"id": f"A-{it:05}", "site": random.choice(["North", "South", "West"]), "paid": f"{random.randint(1, 90000) / 100:.2f}"}
                for it in range(units)
            ]
            frame = folder / f"frame-{units}.csv"
            with frame.open("w", newline="") as file:
                writer = csv.DictWriter(file, ["id", "site", "paid"], lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
            for name, options, again in methods:
                for size in {6, units // 3, units - 1} - {0, 1, 2}:
                    out = folder / f"{name}-{units}-{size}.json"
                    command = [OPNOTE, "sample", str(frame), "--size", str(size), "--seed", SEED, "--out", str(out)]
                    subprocess.run([*command, *options, "--amount", "paid"], check=True, capture_output=True)
                    sample = json.loads(out.read_text())
                    got = [it["id"] for it in sample["drawn"]]
                    if name == "stratified" and units == 7:
                        continue  # The least of two from each stratum overrules the shares.
                    counts["draws, hashlib"] = counts.get("draws, hashlib", 0) + 1
                    if got != again(rows, size):
                        failures.append(f"draws, {name}: {units} units, {size} drawn: {got[:5]} and {again(rows, size)[:5]}")
                    digest = hashlib.sha256(frame.read_bytes()).hexdigest()
                    if sample["frame"]["sha256"] != digest:
                        failures.append(f"draws, {name}: the frame's SHA-256 is not that of the file")


hypergeometric()
shares_and_quantiles()
estimates()
weighted()
sizes()
answers = subprocess.run([ANSWERS], input="\n".join(questions) + "\n", capture_output=True, text=True, check=True)
for (group, question, check), line in zip(checks, answers.stdout.splitlines(), strict=True):
    check(question, json.loads(line))
draws()
for name, count in counts.items():
    print(f"{name}: {count} comparisons")
print(f"{sum(counts.values())} comparisons, {len(failures)} failures")
for failure in failures[:40]:
    print(failure)
sys.exit(1 if failures else 0)
