//! `opnote codes import`: official files become lexicon files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use opnote::{Lexicon, Note, analyze};

use crate::support::official;

/// The messages of the rules with this beginning, on a note of this day.
fn messages(lexicon: &Lexicon, text: &str, date: &str, rules: &str) -> Vec<String> {
    let mut note = Note::new("n", text);
    note.service_date = Some(date.parse().expect("a date"));
    let shown = |it: &opnote::Finding| it.rule.as_str().starts_with(rules);
    analyze(&note, lexicon).findings.into_iter().filter(shown).map(|it| it.message).collect()
}

/// The messages about a diagnosis code that a note writes.
fn written_codes(lexicon: &Lexicon, code: &str, date: &str) -> Vec<String> {
    let text = format!(
        "PREOPERATIVE DIAGNOSIS: Pain {code}\n\nPROCEDURE: Epidural steroid injection.\n\nTECHNIQUE: Under fluoroscopy a \
         Tuohy needle was advanced to L4-5 with loss of resistance. 80 mg of methylprednisolone was injected.\n"
    );
    messages(lexicon, &text, date, "written-code")
}

const BLOCKS: &str = "PROCEDURES: 1. Left greater occipital nerve block. 2. Trigger point injections of the left trapezius \
                      and left levator scapulae.\nTECHNIQUE: A 25-gauge needle was placed at the left greater occipital \
                      nerve and 2 mL of 0.25% bupivacaine was injected. Then trigger points in the left trapezius and left \
                      levator scapulae were injected with 1 mL of lidocaine each.";

/// Runs `opnote codes import`.
fn import(folder: &Path, files: &[PathBuf]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opnote"));
    command.args(["codes", "import"]).args(files).arg("--out").arg(folder.join("out"));
    command.output().expect("the program runs")
}

fn written(folder: &Path, name: &str, contents: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, contents).expect("written");
    path
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A row of an order file.
fn order(code: &str, billable: &str) -> String {
    format!("00001 {code:7} {billable} {:60} title\n", "short title")
}

#[test]
fn order_files_become_a_table_of_every_code() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = order("M54", "0") + &order("M545", "1") + &order("Z999", "1");
    let new = order("M54", "0") + &order("M545", "0") + &order("M5450", "1") + &order("M5459", "1");
    let files = [
        written(folder.path(), "icd10cm_order_2022.txt", &new),
        written(folder.path(), "icd10cm_order_2021.txt", &old),
    ];
    let output = import(folder.path(), &files);
    assert!(output.status.success(), "{}", stderr(&output));
    let table = fs::read_to_string(folder.path().join("out/icd10cm.csv")).expect("the table");
    assert_eq!(
        table,
        "# Made by `opnote codes import`; do not edit.\ncode,billable,from,until,successors\n*,,2020-10-01,2022-10-01,\n\
         M54,no,,,\nM54.5,yes,,2021-10-01,\nM54.5,no,2021-10-01,,\nM54.50,yes,2021-10-01,,\nM54.59,yes,2021-10-01,,\n\
         Z99.9,yes,,2021-10-01,\n"
    );
    let lexicon = Lexicon::open(&folder.path().join("out")).expect("loads");
    assert_eq!(
        written_codes(&lexicon, "M54.5", "2022-01-01"),
        ["M54.5 is not valid from 2021-10-01 on; since then M54.50 or M54.59",]
    );
    assert_eq!(written_codes(&lexicon, "M99.99", "2022-01-01"), ["M99.99 is not a code of the set"]);
    // Of days that the table does not cover, nothing is said.
    assert!(written_codes(&lexicon, "M99.99", "2024-01-01").is_empty());
}

/// Order files made of the official table give it back, row for row, in less than two megabytes.
#[test]
fn the_whole_set_comes_back_from_its_order_files() {
    let Some(rows) = official("icd10cm.csv.gz") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let mut files = Vec::new();
    for year in 2016..=2027 {
        let day = format!("{}-10-01", year - 1);
        let mut text = String::new();
        let holds = |it: &&BTreeMap<String, String>| it["from"] <= day && (it["until"].is_empty() || day < it["until"]);
        for it in rows.iter().filter(holds) {
            text += &order(&it["code"].replace('.', ""), &it["billable"]);
        }
        files.push(written(folder.path(), &format!("icd10cm_order_{year}.txt"), &text));
    }
    let output = import(folder.path(), &files);
    assert!(output.status.success(), "{}", stderr(&output));
    let table = fs::read_to_string(folder.path().join("out/icd10cm.csv")).expect("the table");
    assert!(table.len() < 2_000_000, "{} bytes", table.len());
    let first = "2015-10-01";
    let mut expected: Vec<String> = rows
        .iter()
        .map(|it| {
            let from = if it["from"] == first { "" } else { &it["from"] };
            format!("{},{},{from},{},", it["code"], if it["billable"] == "1" { "yes" } else { "no" }, it["until"])
        })
        .collect();
    let mut found: Vec<&str> = table.lines().skip(3).collect();
    expected.sort();
    found.sort_unstable();
    assert!(found == expected, "{} rows, officially {}", found.len(), expected.len());
}

/// A record of an alpha-numeric file.
fn record(code: &str, kind: &str, added: &str, ended: &str) -> String {
    let mut line = format!("{code}00100{kind}{:80}{:28}", "description", "short");
    let _ = write!(line, "{:149}{added:8}{:8}{ended:8}N", "", "");
    line + "\n"
}

#[test]
fn alpha_numeric_files_become_a_table_of_supply_codes() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = record("J1030", "3", "19820101", "20240331")
        + &record("J1030", "4", "", "")
        + &record("Q9966", "3", "20080101", "");
    let file = written(folder.path(), "HCPC2025_OCT_ANWEB.txt", &text);
    let output = import(folder.path(), &[file]);
    assert!(output.status.success(), "{}", stderr(&output));
    let table = fs::read_to_string(folder.path().join("out/hcpcs_level2.csv")).expect("the table");
    assert!(table.ends_with("J1030,yes,1982-01-01,2024-04-01,\nQ9966,yes,2008-01-01,,\n"), "{table}");
}

#[test]
fn faults_in_official_files_name_file_line_and_what_was_expected() {
    let folder = tempfile::tempdir().expect("a folder");
    let fault = |name: &str, contents: &str| {
        let output = import(folder.path(), &[written(folder.path(), name, contents)]);
        assert_eq!(output.status.code(), Some(3), "{name}");
        stderr(&output)
    };
    let text = fault("notes.txt", "PROCEDURE: Epidural steroid injection.\n");
    assert!(text.contains("notes.txt: expected an ICD-10-CM order file"), "{text}");
    let text = fault("order.txt", &order("M545", "1"));
    assert!(text.contains("order.txt: no fiscal year in the name (expected such as"), "{text}");
    let text = fault("icd10cm_order_2024.txt", &(order("M545", "1") + "00002 m546    1 x\n"));
    assert!(text.contains("icd10cm_order_2024.txt:2: expected a number of five digits"), "{text}");
    let text = fault("HCPC2025_OCT_ANWEB.txt", &record("J1030", "3", "1982", ""));
    assert!(
        text.contains("HCPC2025_OCT_ANWEB.txt:1: J1030: no first day in columns 269 to 276 (expected YYYYMMDD)"),
        "{text}"
    );
    let text = fault("icd10cm_order_2024.zip", "PK\u{3}\u{4}");
    assert!(text.contains("an archive or a spreadsheet") && text.contains("hint: unpack"), "{text}");
    let years = ["icd10cm_order_2020.txt", "icd10cm_order_2022.txt"];
    let files = years.map(|it| written(folder.path(), it, &order("M545", "1")));
    let text = stderr(&import(folder.path(), &files));
    assert!(text.contains("no file covers the days from 2020-10-01 to 2021-10-01"), "{text}");
}

#[test]
fn quarterly_files_become_tables() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = [
        (
            "ccipra-v323r0-f1.TXT",
            "CPT only copyright\nColumn 1/Column 2 Edits\nColumn 1\tColumn 2\t* = in existence\tEffective\tDeletion\tModifier\tRationale\n\
             20552\t64405\t\t20170101\t*\t1\tMisuse\n62323\t00100\t\t20170101\t*\t0\tAnesthesia\n\
             64490\t62323\t\t20170101\t20181231\t0\tMisuse\n64490\t64483\t\t20170101\t20170101\t9\tTaken back\n",
        ),
        (
            "MCR_MUE_PractitionerServices_Eff_10-01-2025.csv",
            "\"CPT only copyright\",,,\n\"HCPCS/CPT Code\",\"Practitioner Services MUE Values\",\"MUE Adjudication Indicator\",\"MUE Rationale\"\n\
             \"62323\",\"1\",\"3 Date of Service Edit: Clinical\",\"Anatomic Consideration\"\n",
        ),
        (
            "MCR_MUE_PractitionerServices_Eff_01-01-2026.csv",
            "\"HCPCS/CPT Code\",\"Practitioner Services MUE Values\",\"MUE Adjudication Indicator\",\"MUE Rationale\"\n\
             \"62323\",\"2\",\"2 Date of Service Edit: Policy\",\"Anatomic Consideration\"\n",
        ),
        (
            "AOC_V2025Q4-MCR.txt",
            "Primary_Code\tAdd_On_Code\tAOC_Edit_Type\tAOC_Edit_Eff_Dt_Julian\tAOC_Edit_Del_Dt_Julian\n\
             64483\t64484\t1\t2013001\t\nCCCCC\t69990\t3\t2013001\t\n64479\t64480\t1\t2013001\t2013365\n",
        ),
    ];
    let mut command = Command::new(env!("CARGO_BIN_EXE_opnote"));
    command.args(["codes", "import", "--out"]).arg(folder.path().join("out"));
    for (name, contents) in files {
        let path = folder.path().join(name);
        fs::write(&path, contents).expect("written");
        command.arg(path);
    }
    let output = command.output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    // Pairs with codes that no table knows are left out, and this is said.
    assert!(said.contains("ncci_ptp.csv: 2 of 4 rows"), "{said}");
    let made = |name: &str| {
        let text = fs::read_to_string(folder.path().join("out").join(name)).expect(name);
        text.lines().skip(2).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        made("ncci_ptp.csv"),
        ["20552,64405,2017-01-01,,1,practitioner", "64490,62323,2017-01-01,2019-01-01,0,practitioner",]
    );
    assert_eq!(
        made("ncci_mue.csv"),
        ["62323,2025-10-01,2026-01-01,1,3,practitioner", "62323,2026-01-01,,2,2,practitioner",]
    );
    assert_eq!(made("ncci_add_ons.csv"), ["64480,64479,2013-01-01,2014-01-01,1", "64484,64483,2013-01-01,,1"]);
    let lexicon = Lexicon::open(&folder.path().join("out")).expect("loads");
    assert_eq!(messages(&lexicon, BLOCKS, "2020-06-30", "ncci-").len(), 1);
}
