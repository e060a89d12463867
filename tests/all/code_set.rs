//! Code sets: the codes that a note writes against the days on which they are valid; every row of the project's tables
//! against the official tables, where those are present.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use opnote::lexicon::Files;
use opnote::{Lexicon, Note, analyze};

use crate::beside::table;
use crate::support::official;

/// The messages about the codes in a note with these lines of diagnosis and billing.
fn checked(lexicon: &Lexicon, diagnosis: &str, billing: &str, date: &str) -> Vec<String> {
    let text = format!(
        "PREOPERATIVE DIAGNOSIS: {diagnosis}\n\nPROCEDURE: Epidural steroid injection.\n\nTECHNIQUE: Under fluoroscopy \
         a Tuohy needle was advanced to L4-5 with loss of resistance. 80 mg of methylprednisolone was injected.\n\nCPT \
         CODES: {billing}\n"
    );
    let mut note = Note::new("n", text);
    note.service_date = Some(date.parse().expect("a date"));
    let shown =
        |it: &opnote::Finding| it.rule.as_str().starts_with("written-code") || it.rule == "diagnosis-excludes".into();
    analyze(&note, lexicon).findings.into_iter().filter(shown).map(|it| it.message).collect()
}

#[test]
fn written_codes_are_checked_against_the_date_of_service() {
    let cases: [(&str, &str, &str, &[&str]); 12] = [
        ("Low back pain (M54.5)", "", "2021-09-30", &[]),
        (
            "Low back pain (M54.5)",
            "",
            "2021-10-01",
            &["M54.5 is not valid from 2021-10-01 on; since then M54.50, M54.51 or M54.59"],
        ),
        ("Low back pain (M54.50)", "", "2021-09-30", &["M54.50 is not valid before 2021-10-01; before it M54.5"]),
        (
            "Lumbar stenosis M48.06",
            "",
            "2017-10-01",
            &["M48.06 is not valid from 2017-10-01 on; since then M48.061 or M48.062"],
        ),
        ("Multiple sclerosis G35.A", "", "2025-09-30", &["G35.A is not valid before 2025-10-01; before it G35"]),
        ("Radiculopathy M54.1", "", "2024-01-01", &["M54.1 is not a complete code: one of M54.10 to M54.18"]),
        ("Lumbar radiculopathy M5416", "", "2024-01-01", &[]),
        (
            "Disc degeneration M5136",
            "",
            "2024-10-01",
            &["M51.36 is not valid from 2024-10-01 on; since then M51.360, M51.361, M51.362 or M51.369"],
        ),
        (
            "Plantar fasciitis M72.2",
            "",
            "2026-10-01",
            &["M72.2 is not valid from 2026-10-01 on; since then M67.A01, M67.A02, M67.A09, M72.20, M72.21 or M72.22"],
        ),
        // The table holds some codes only: nothing is said of others.
        ("Something else Q99.77", "", "2024-01-01", &[]),
        ("Pain at L4L5S1, C5C6", "62323, J1040", "2024-03-31", &[]),
        ("Pain", "62323, J1040 x1", "2024-04-01", &["J1040 is not valid from 2024-04-01 on"]),
    ];
    for (diagnosis, billing, date, expected) in cases {
        assert_eq!(checked(Lexicon::embedded(), diagnosis, billing, date), expected, "{diagnosis} {billing} {date}");
    }
}

#[test]
fn numbers_of_the_old_set_ended_in_october_2015() {
    let lexicon = Lexicon::embedded();
    let found = |date: &str| checked(lexicon, "Lumbar radiculitis 724.4", "", date).join("\n");
    assert!(found("2025-03-14").contains("724.4 is of the set of diagnosis codes that ended on 2015-10-01"));
    assert!(!found("2015-09-30").contains("724.4 is of the set"));
}

/// Codes are checked wherever they stand, if a table lists them.
#[test]
fn codes_outside_the_sections_of_codes_are_checked_too() {
    let text = "INDICATION: Low back pain (ICD-10: M54.5), levels L4L5 and C5C6, lot A1234.\nPROCEDURE: L4-5 interlaminar \
                epidural steroid injection.\nTECHNIQUE: Under fluoroscopy a Tuohy needle was advanced to L4-5 with loss of \
                resistance. 40 mg of Depo-Medrol (J1030) was injected.";
    let mut note = Note::new("n", text);
    note.service_date = Some("2024-04-01".parse().expect("a date"));
    let found = analyze(&note, Lexicon::embedded()).findings;
    let found: Vec<&str> =
        found.iter().filter(|it| it.rule.as_str().starts_with("written-")).map(|it| it.message.as_str()).collect();
    assert_eq!(
        found,
        [
            "M54.5 is not valid from 2021-10-01 on; since then M54.50, M54.51 or M54.59",
            "J1030 is not valid from 2024-04-01 on",
        ]
    );
}

#[test]
fn diagnoses_that_exclude_each_other_are_named() {
    let found = checked(Lexicon::embedded(), "Right sciatica, right piriformis syndrome.", "", "2024-01-01");
    assert_eq!(
        found,
        [
            "M54.31 is not reported with G57.01 for the same condition",
            "G57.01 is not reported with M54.31 for the same condition",
        ]
    );
    // Of different parts of the spine, both are reported.
    let found =
        checked(Lexicon::embedded(), "C5-6 disc disorder with radiculopathy. Lumbar spondylosis.", "", "2024-01-01");
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn faults_in_the_tables_of_codes_name_file_line_and_what_was_expected() {
    let fault = |path: &str, contents: &str| match Lexicon::load(&Files::embedded().with(path, contents)) {
        Ok(_) => panic!("{path} should not load"),
        Err(error) => error.to_string(),
    };
    let head = "code,billable,from,until,successors\n";
    let text = fault("icd10cm.csv", &format!("{head}A00,yes,2020,,\n"));
    assert_eq!(text, "icd10cm.csv:2: code A00: \"2020\" is no date (expected YYYY-MM-DD)");
    let text = fault("icd10cm.csv", &format!("{head}A00,1,2020-01-01,,\n"));
    assert_eq!(text, "icd10cm.csv:2: code A00: billable \"1\" (expected yes or no)");
    let text = fault("icd10cm.csv", &format!("{head}A00,yes,,,\n"));
    assert!(text.contains("icd10cm.csv:2: code A00: no first day") && text.contains("a row with the code *"), "{text}");
    let text = fault("hcpcs_level2.csv", &format!("{head}J0001,yes,2020-01-01,2019-01-01,\n"));
    assert!(text.starts_with("hcpcs_level2.csv:2: code J0001: ends on 2019-01-01 before it begins"), "{text}");
    let text = fault("icd10cm_exclusions.csv", "code,excludes\nA00,\n");
    assert!(text.contains("icd10cm_exclusions.csv:2: expected two codes"), "{text}");
}

#[test]
fn tables_of_codes_are_sorted_and_hold_every_code_of_the_rules() {
    for (codes, rules) in [("icd10cm.csv", "diagnoses.csv"), ("hcpcs_level2.csv", "hcpcs.csv")] {
        let rows = table(codes);
        let keys: Vec<(&String, &String)> = rows.iter().map(|it| (&it["code"], &it["from"])).collect();
        assert!(keys.is_sorted(), "{codes} is not sorted by code and first day");
        for rule in table(rules) {
            assert!(
                rows.iter().any(|it| it["code"] == rule["code"] && it["billable"] == "yes"),
                "{codes}: {}",
                rule["code"]
            );
        }
        let ids: Vec<String> = table(rules).iter().map(|it| it["id"].clone()).collect();
        assert!(ids.is_sorted(), "{rules} is not sorted by id");
    }
    let words: Vec<(String, String)> =
        table("diagnosis_words.csv").iter().map(|it| (it["term"].clone(), it["axis"].clone())).collect();
    assert!(words.is_sorted(), "diagnosis_words.csv is not sorted by term and axis");
}

/// The day after an inclusive last day; empty for none.
fn day_after(last: &str) -> String {
    if last.is_empty() {
        return String::new();
    }
    last.parse::<Date>().expect("a date").checked_add(1.day()).expect("a day").to_string()
}

/// Billable or not, first day, first day no longer.
type Key<'a> = (&'a str, &'a str, &'a str);

#[test]
fn diagnosis_rows_agree_with_the_official_table() {
    let Some(rows) = official("icd10cm.csv.gz") else { return };
    let mut known: BTreeMap<&str, Vec<Key<'_>>> = BTreeMap::new();
    for it in &rows {
        known.entry(&it["code"]).or_default().push((&it["billable"], &it["from"], &it["until"]));
    }
    for (path, billable) in [("icd10cm.csv", None), ("diagnoses.csv", Some("1"))] {
        for row in table(path) {
            let flag = billable.unwrap_or(if row.get("billable").is_some_and(|it| it == "yes") { "1" } else { "0" });
            let key: Key<'_> = (flag, &row["from"], &row["until"]);
            let of = known.get(row["code"].as_str()).unwrap_or_else(|| panic!("{path}: no code {}", row["code"]));
            assert!(of.contains(&key), "{path}: {} is {key:?}, officially {of:?}", row["code"]);
        }
    }
    for row in table("icd10cm.csv") {
        for it in row["successors"].split('|').filter(|it| !it.is_empty()) {
            assert!(known.contains_key(it), "{}: successor {it}", row["code"]);
        }
    }
}

#[test]
fn supply_rows_agree_with_the_official_table() {
    let Some(rows) = official("hcpcs.csv") else { return };
    let known: BTreeMap<&str, (&str, String)> =
        rows.iter().map(|it| (it["code"].as_str(), (it["first_day"].as_str(), day_after(&it["last_day"])))).collect();
    // Codes whose present unit is younger than the code itself, and devices that the official extract leaves out.
    let younger = ["J1100", "J3010"];
    let left_out = ["E0783", "L8679", "L8680"];
    for path in ["hcpcs.csv", "hcpcs_level2.csv"] {
        for row in table(path) {
            let code = row["code"].as_str();
            let Some((first, until)) = known.get(code) else {
                assert!(left_out.contains(&code), "{path}: no code {code}");
                continue;
            };
            let begins = if path == "hcpcs.csv" && younger.contains(&code) {
                row["from"].as_str() > *first
            } else {
                row["from"] == *first
            };
            assert!(begins, "{path}: {code} begins on {first}");
            assert_eq!(row["until"], *until, "{path}: {code}");
        }
    }
}
