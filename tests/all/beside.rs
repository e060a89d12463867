//! Supplies and diagnoses: their tables, and text in, lines out.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use jiff::civil::Date;
use opnote::lexicon::Files;
use opnote::{Analysis, Lexicon, Note, Severity, analyze};
use serde::Deserialize;

use crate::support::corpus;

#[derive(Deserialize)]
struct Cases {
    supply: Vec<SupplyCase>,
    diagnosis: Vec<DiagnosisCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SupplyCase {
    name: String,
    date: String,
    /// What is injected.
    inject: String,
    #[serde(default)]
    before: String,
    #[serde(default)]
    after: String,
    gives: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DiagnosisCase {
    date: Option<String>,
    text: String,
    gives: Vec<String>,
    #[serde(default)]
    finds: Vec<String>,
}

fn cases() -> Cases {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/all/beside.toml");
    toml::from_str(&fs::read_to_string(path).expect("cases")).expect("TOML")
}

fn analyzed(text: &str, date: &str) -> Analysis {
    let mut note = Note::new("n", text);
    note.service_date = Some(date.parse::<Date>().expect("a date"));
    analyze(&note, Lexicon::embedded())
}

/// The supplies as the cases write them.
fn supplies(analysis: &Analysis) -> Vec<String> {
    let line = |it: &opnote::Supply| {
        let times = |units: Option<u64>| units.map(|it| format!(" x{it}")).unwrap_or_default();
        let amount = it.amount.as_ref().map(|it| format!("{it} ")).unwrap_or_default();
        let modifiers: String = it.modifiers.iter().flat_map(|it| ["-", it.as_str()]).collect();
        let wasted = it.wasted.map(|it| format!(" wasted {it}")).unwrap_or_default();
        let options: Vec<String> = it.options.iter().map(|it| format!("{}{}", it.code, times(it.units))).collect();
        let answer = match &it.code {
            Some(code) => format!("{code}{modifiers}{}{wasted}", times(it.units)),
            None => format!("? {}", options.join(", ")),
        };
        format!("{} {amount}{answer}", it.substance).trim_end().to_owned()
    };
    analysis.supplies.iter().map(line).collect()
}

#[test]
fn supplies_come_out_as_written() {
    let mut wrong = Vec::new();
    for it in cases().supply {
        let text = format!(
            "PROCEDURE: L4-5 interlaminar epidural steroid injection.\nTECHNIQUE: Under fluoroscopy a Tuohy needle was \
             advanced to the L4-5 interspace with loss of resistance to air. {} {} was injected into the epidural \
             space. {} The needle was removed.",
            it.before, it.inject, it.after
        );
        let mut given = supplies(&analyzed(&text, &it.date));
        let mut expected = it.gives.clone();
        given.sort();
        expected.sort();
        if given != expected {
            wrong.push(format!("{}: expected {expected:?}, got {given:?}", it.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An amount in each of several places is a total where the note says how many there are.
#[test]
fn amounts_of_each_side_or_level_are_added_where_their_number_is_documented() {
    let joints = |title: &str, amount: &str| {
        let text = format!(
            "PROCEDURE: {title} under fluoroscopy.\nTECHNIQUE: Under fluoroscopy a spinal needle was advanced into each \
             joint. {amount}"
        );
        supplies(&analyzed(&text, "2025-01-01")).join("; ")
    };
    let both = "Bilateral sacroiliac joint injection";
    let each = "1 mL of triamcinolone 40 mg/mL was injected on each side.";
    assert_eq!(joints(both, each), "triamcinolone 80 mg J3301 x8");
    assert_eq!(joints(both, "A total of 40 mg of triamcinolone was injected."), "triamcinolone 40 mg J3301 x4");
    // One side alone, or sides and levels together: the total stays open.
    assert_eq!(joints("Left sacroiliac joint injection", each), "triamcinolone ? J3301");
    let levels = "20 mg of triamcinolone was injected at each level.";
    assert_eq!(joints("Left L4-5 and L5-S1 facet joint injections", levels), "triamcinolone 40 mg J3301 x4");
    assert_eq!(joints("Bilateral L4-5 and L5-S1 facet joint injections", levels), "triamcinolone ? J3301");
    // A part of a mixture is not what went into it.
    let epidural = |amount: &str| {
        let text = format!(
            "PROCEDURE: L4-5 interlaminar epidural steroid injection.\nTECHNIQUE: Under fluoroscopy a Tuohy needle was \
             advanced to the L4-5 interspace with loss of resistance to air. {amount}"
        );
        supplies(&analyzed(&text, "2025-01-01")).join("; ")
    };
    let mixed = "A mixture of 80 mg of methylprednisolone and saline (5 mL) was prepared, and ";
    assert_eq!(epidural(&format!("{mixed}3 mL of it was injected.")), "methylprednisolone ? J1010");
    assert_eq!(epidural(&format!("{mixed}5 mL of it was injected.")), "methylprednisolone 80 mg J1010 x80");
}

#[test]
fn diagnoses_come_out_as_written() {
    let mut wrong = Vec::new();
    for it in cases().diagnosis {
        let text = format!(
            "PREOPERATIVE DIAGNOSIS: {}\n\nPROCEDURE: Epidural steroid injection.\n\nTECHNIQUE: Under fluoroscopy a \
             Tuohy needle was advanced with loss of resistance. 80 mg of methylprednisolone was injected.",
            it.text
        );
        let analysis = analyzed(&text, it.date.as_deref().unwrap_or("2025-01-01"));
        let line =
            |it: &opnote::Diagnosis| format!("{} {}", it.condition, it.candidates.join(" ")).trim_end().to_owned();
        let given: Vec<String> = analysis.diagnoses.iter().map(line).collect();
        if given != it.gives {
            wrong.push(format!("{}: expected {:?}, got {given:?}", it.text, it.gives));
        }
        for id in it.finds {
            if !analysis.findings.iter().any(|it| it.rule.as_str() == id) {
                wrong.push(format!("{}: no finding {id}", it.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The rows of a table, each as a map from column to cell.
pub(crate) fn table(path: &str) -> Vec<BTreeMap<String, String>> {
    let files = Files::embedded();
    let (_, bytes) = files.iter().find(|it| it.0 == path).expect("the table");
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(bytes);
    reader.deserialize().collect::<Result<_, _>>().expect("rows")
}

#[test]
fn every_row_has_its_own_id_a_source_and_a_span_of_days() {
    let sources =
        fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/sources.md")).expect("sources");
    for path in ["hcpcs.csv", "diagnoses.csv"] {
        let rows = table(path);
        let mut ids: Vec<&String> = rows.iter().map(|it| &it["id"]).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), rows.len(), "{path}: an id stands twice");
        for row in &rows {
            let source = &row["source"];
            assert!(sources.contains(&format!("| {source} |")), "{path} {}: source {source}", row["id"]);
            // What rests on general knowledge is never called verified.
            assert!(source != "general-knowledge" || row["verified"] == "no", "{path} {}", row["id"]);
            let from: Date = row["from"].parse().expect("a date");
            assert!(row["until"].is_empty() || from < row["until"].parse().expect("a date"), "{path} {}", row["id"]);
        }
    }
}

#[test]
fn every_substance_of_the_table_is_a_drug_of_the_lexicon() {
    let drugs: Vec<String> = table("shared/drugs.csv").iter().map(|it| it["concept"].clone()).collect();
    for row in table("hcpcs.csv") {
        for it in row["substance"].split('|') {
            assert!(drugs.iter().any(|drug| drug == it), "{}: {it}", row["id"]);
        }
    }
}

#[test]
fn every_condition_has_words_and_every_word_a_row() {
    let rows = table("diagnoses.csv");
    let terms = table("diagnosis_words.csv");
    let conditions: Vec<&str> = rows.iter().flat_map(|it| it["condition"].split('|')).collect();
    let named: Vec<&String> = terms.iter().filter(|it| it["axis"] == "condition").map(|it| &it["value"]).collect();
    for it in &conditions {
        assert!(named.iter().any(|name| *name == it), "no words for {it}");
    }
    for it in named {
        assert!(conditions.contains(&it.as_str()), "no row for {it}");
    }
    // A word for a detail has a value that some row asks for.
    for it in terms.iter().filter(|it| rows[0].contains_key(&it["axis"]) && it["axis"] != "condition") {
        for value in it["value"].split('|') {
            let asked = |row: &BTreeMap<String, String>| row[&it["axis"]].split('|').any(|it| it == value);
            assert!(rows.iter().any(asked), "{}: {} is {value}", it["term"], it["axis"]);
        }
    }
}

/// No two rows of a drug fit the same strength on the same day, unless their words or amounts tell them apart.
#[test]
fn rows_of_a_drug_do_not_overlap() {
    let rows = table("hcpcs.csv");
    for (index, a) in rows.iter().enumerate() {
        for b in &rows[index + 1..] {
            let share = a["substance"].split('|').any(|it| b["substance"].split('|').any(|other| it == other));
            let days = |x: &BTreeMap<String, String>, y: &BTreeMap<String, String>| {
                y["until"].is_empty() || x["from"] < y["until"]
            };
            let strength = a["minimum"] == b["minimum"];
            let words = a["only"] == b["only"] && a["unless"] == b["unless"];
            let same = share && days(a, b) && days(b, a) && strength && words && a["rounding"] == "up";
            assert!(!same, "{} and {}", a["id"], b["id"]);
        }
    }
}

#[test]
fn nothing_beside_the_codes_decides_a_code() {
    for note in corpus() {
        let analysis = analyze(&note, Lexicon::embedded());
        for it in &analysis.findings {
            let beside = ["supply", "diagnosis", "written"].iter().any(|word| it.rule.as_str().starts_with(word));
            assert!(!beside || it.severity == Severity::Advice, "{}: {}", note.id, it.rule);
        }
        for it in &analysis.supplies {
            assert!(it.code.is_none() || it.units.is_some_and(|it| it > 0), "{}: a code without units", note.id);
            assert!(it.amount.is_some() || it.code.is_none(), "{}: units without an amount", note.id);
        }
        for it in &analysis.diagnoses {
            assert!(it.code.is_none() || it.candidates.len() == 1, "{}", note.id);
        }
    }
}

#[test]
fn without_their_tables_nothing_stands_beside_the_codes() {
    let files =
        Files::embedded().without(|path| path == "hcpcs.csv" || path.starts_with("diagnos") || path == "supplies.toml");
    let lexicon = Lexicon::load(&files).expect("loads");
    for note in corpus().iter().take(40) {
        let analysis = analyze(note, &lexicon);
        assert!(analysis.supplies.is_empty() && analysis.diagnoses.is_empty(), "{}", note.id);
    }
}

#[test]
fn faults_in_the_tables_name_file_line_and_what_was_expected() {
    let fault = |path: &str, contents: &str| match Lexicon::load(&Files::embedded().with(path, contents)) {
        Ok(_) => panic!("{path} should not load"),
        Err(error) => error.to_string(),
    };
    let head =
        "id,code,from,until,substance,per_amount,unit,rounding,minimum,maximum,only,unless,remark,source,verified\n";
    let text = fault("hcpcs.csv", &format!("{head}a,X,2020-13-01,,saline,1,mg,up,,,,,,own-rule,no\n"));
    assert!(text.contains("hcpcs.csv") && text.contains("expected YYYY-MM-DD"), "{text}");
    let text = fault("hcpcs.csv", &format!("{head}a,X,2020-01-01,,saline,1,spoon,up,,,,,,own-rule,no\n"));
    assert!(text.contains("the unit must be"), "{text}");
    let text = fault("diagnosis_words.csv", "term,axis,value\nx,regoin,lumbar\n");
    assert!(text.contains("did you mean") && text.contains("region"), "{text}");
}
