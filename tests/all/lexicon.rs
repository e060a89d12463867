//! The data's own rules: what a lexicon file must be, and that its faults are told with file and line.

use std::collections::BTreeSet;
use std::fs;

use opnote::fitting::FEATURES;
use opnote::lexicon::Files;
use opnote::report::{Report, report};
use opnote::{Lexicon, Note, analyze};
use serde::Deserialize;

use crate::support::{corpus, root};

fn fault(path: &str, contents: &str) -> String {
    match Lexicon::load(&Files::embedded().with(path, contents)) {
        Ok(_) => panic!("{path} loads"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn faults_name_file_line_and_what_was_expected() {
    let unknown_key = fault(
        "families/neuraxial_injection/family.toml",
        "id = \"neuraxial_injection\"\nlabel = \"x\"\nabout = \"x\"\nclaims = true\ncolor = 1\n",
    );
    assert!(
        unknown_key.starts_with("families/neuraxial_injection/family.toml:5: ") && unknown_key.contains("color"),
        "{unknown_key}"
    );
    let kind = fault("shared/terms.add.csv", "term,concept,kind,flags\nx,y,regoin,\n");
    assert!(kind.contains("shared/terms.add.csv") && kind.contains("did you mean \"region\"?"), "{kind}");
    let column = fault("shared/terms.add.csv", "term,concept,kind,color\nx,y,region,\n");
    assert!(column.contains("shared/terms.add.csv"), "{column}");
    let date =
        fault("families/neuraxial_injection/codes.csv", "id,code,from,until,region,add_on_to,source\na,1,soon,,,,S1\n");
    assert!(date.contains("expected YYYY-MM-DD"), "{date}");
    let value = fault(
        "families/neuraxial_injection/codes.csv",
        "id,code,from,until,imaging,add_on_to,source\na,1,2017-01-01,,fluroscopy,,S1\n",
    );
    assert!(value.contains("codes.csv:2: ") && value.contains("did you mean \"fluoroscopy\"?"), "{value}");
    let fallback = fault(
        "families/neuraxial_injection/family.toml",
        "id = \"neuraxial_injection\"\nlabel = \"x\"\nabout = \"x\"\nclaims = true\n[fallback]\nimaging = \"non\"\n",
    );
    assert!(fallback.contains("family.toml") && fallback.contains("did you mean \"none\"?"), "{fallback}");
    let class = fault("shared/drugs.add.csv", "term,concept,class,flags\nx,y,steriod,\n");
    assert!(class.contains("shared/drugs.add.csv") && class.contains("did you mean \"steroid\"?"), "{class}");
}

/// Broken rows of constructions and a file of weights of another version name place, fault and what was expected.
#[test]
fn faults_of_constructions_and_weights_say_what_was_expected() {
    let row = |cells: &str| {
        let head = "id,target,before,after,inside,with,without,value,stance,time,strength,yes,no\n";
        fault("constructions/imaging.add.csv", &format!("{head}{cells}\n"))
    };
    let place = "constructions/imaging.add.csv:2: ";
    let examples = "By [fluoroscopy].,By hand; [CT].";
    let value = row(&format!("x,<imaging:ct>,,,,,,fluroscopy,supports,,full,{examples}"));
    assert!(value.contains(place) && value.contains("did you mean \"fluoroscopy\"?"), "{value}");
    let stance = row(&format!("x,<imaging:ct>,,,,,,,suports,,full,{examples}"));
    assert!(stance.contains(place) && stance.contains("did you mean \"supports\"?"), "{stance}");
    let time = row(&format!("x,<imaging:ct>,,,,,,,supports,latre,full,{examples}"));
    assert!(time.contains(place) && time.contains("did you mean \"later\"?"), "{time}");
    let strength = row(&format!("x,<imaging:ct>,,,,,,,supports,,strong,{examples}"));
    assert!(strength.contains(place) && strength.contains("expected full or weak"), "{strength}");
    let kind = row(&format!("x,<imagine:ct>,,,,,,,supports,,full,{examples}"));
    assert!(kind.contains(place) && kind.contains("imaging"), "{kind}");
    let words = row(&format!("x,<imaging:ct>,Under ..1,,,,,,supports,,full,{examples}"));
    assert!(words.contains(place) && words.contains("lower case"), "{words}");
    let unmarked = row("x,<imaging:ct>,,,,,,,supports,,full,By fluoroscopy.,By hand.");
    assert!(unmarked.contains(place) && unmarked.contains("in brackets"), "{unmarked}");
    let missing = row("x,<imaging:ct>,,,,,,,supports,,full,,");
    assert!(missing.contains(place) && missing.contains("harmless twin"), "{missing}");

    let version = fault("weights.toml", "features = 0\nfitted_on = \"x\"\n[weights]\n");
    assert!(version.contains("weights.toml") && version.contains("opnote calibrate"), "{version}");
    let attribute = fault("weights.toml", &format!("features = {FEATURES}\nfitted_on = \"x\"\n[weights.imagin]\n"));
    assert!(attribute.contains("did you mean \"imaging\"?"), "{attribute}");
    let phrases = fault("phrases.toml", "[correction]\nword = []\n");
    assert!(phrases.contains("phrases.toml:2: ") && phrases.contains("words"), "{phrases}");
}

/// A folder laid over the embedded files adds a word.
#[test]
fn an_overlay_adds_rows() {
    let note = Note::new(
        "1",
        "PROCEDURE: L4-5 zorptide with Tuohy, loss of resistance, no imaging. 80 mg of Depo-Medrol injected.",
    );
    let codes = |lexicon: &Lexicon| {
        analyze(&note, lexicon).encounter.procedures.iter().map(|it| it.family.to_string()).collect::<Vec<_>>()
    };
    let files = Files::embedded().with(
        "families/neuraxial_injection/terms.add.csv",
        "term,concept,kind,flags\nzorptide,neuraxial_injection,act,\n",
    );
    let lexicon = Lexicon::load(&files).expect("loads");
    assert_eq!(codes(&lexicon), ["neuraxial_injection"]);
    assert_ne!(lexicon.fingerprint, Lexicon::embedded().fingerprint);
}

/// A family laid over at run time is recognized, counted by structure and coded.
#[test]
fn a_family_of_a_folder_is_coded() {
    let files = Files::embedded()
        .with(
            "families/cupping/family.toml",
            "id = \"cupping\"\nlabel = \"cupping therapy\"\nabout = \"\"\nclaims = false\n\n[count]\nby = \"site\"\nsides = \"modifier\"\n",
        )
        .with(
            "families/cupping/terms.csv",
            "term,concept,kind,flags\ncupping,cupping,act,\nback,back,site,\nneck,neck,site,\n",
        )
        .with(
            "families/cupping/codes.csv",
            "id,code,from,until,site,add_on_to,source\ncupping-back,LOCAL1,2020-01-01,,back,,own-rule\n\
             cupping-neck,LOCAL2,2020-01-01,,neck,,own-rule\n",
        );
    let lexicon = Lexicon::load(&files).expect("loads");
    let coded = |text: &str| {
        let found = analyze(&Note::new("1", text), &lexicon).proposals;
        found.into_iter().map(|it| (it.code.unwrap_or_default(), it.modifiers.join(","))).collect::<Vec<_>>()
    };
    let pair = |code: &str, modifier: &str| (code.to_owned(), modifier.to_owned());
    assert_eq!(
        coded("PROCEDURE: Cupping of the left neck and the left back."),
        [pair("LOCAL2", "LT"), pair("LOCAL1", "LT")]
    );
    assert_eq!(coded("PROCEDURE: Cupping of the back."), [pair("LOCAL1", "")]);
    assert_eq!(coded("PLAN: Cupping of the neck next week."), []);
    assert_eq!(coded("PROCEDURE: No cupping of the neck was done."), []);
}

/// Rows of the term tables are sorted by kind, concept and term; the test can put them in order.
#[test]
fn term_tables_are_sorted() {
    for (path, _) in Files::embedded().iter().filter(|it| it.0.ends_with("terms.csv") || it.0.ends_with("drugs.csv")) {
        let file = root().join("lexicons").join(path);
        let text = fs::read_to_string(&file).expect("table");
        let mut lines: Vec<&str> = text.lines().collect();
        let key = |line: &str| {
            let mut cells: Vec<String> = line.rsplitn(4, ',').map(str::to_lowercase).collect();
            cells.reverse();
            (cells[2].clone(), cells[1].clone(), cells[0].trim_matches('"').to_owned())
        };
        lines[1..].sort_by_key(|it| key(it));
        let sorted = lines.join("\n") + "\n";
        if std::env::var("SNAPSHOTS").is_ok_and(|it| it == "overwrite") {
            fs::write(&file, &sorted).expect("table is written");
        }
        assert!(text == sorted, "{path} is not sorted; SNAPSHOTS=overwrite cargo test sorts it");
    }
}

/// Words that other trades use too name no act: patches, taps, cement, sets of exercises.
#[test]
fn words_of_other_trades_name_no_act() {
    for text in [
        "PROCEDURE: Left carotid endarterectomy. A Dacron patch was placed and sutured.",
        "A fentanyl patch was placed on the chest.",
        "PROCEDURE: Diagnostic tap of the left knee with an 18 gauge needle.",
        "PROCEDURE: Paracentesis. A therapeutic tap of 5 liters was done.",
        "PROCEDURE: Hip hemiarthroplasty. Cementation of the stem followed.",
        "He did lunges for sets of ten.",
    ] {
        assert!(analyze(&Note::new("1", text), Lexicon::embedded()).proposals.is_empty(), "{text}");
    }
}

/// Every id that a result names can be explained.
#[test]
fn every_id_of_a_result_is_explained() {
    let lexicon = Lexicon::embedded();
    let mut ids = BTreeSet::new();
    for note in corpus() {
        let Report { encounter, proposals, findings, .. } = report(&note, &analyze(&note, lexicon), lexicon);
        for it in encounter.procedures {
            ids.insert(it.family);
            ids.extend(it.evidence.into_iter().map(|it| it.rule));
            for it in it.attributes.into_values().flatten() {
                ids.extend(it.rule);
                ids.extend(it.evidence.into_iter().map(|it| it.rule));
            }
        }
        for it in proposals {
            ids.extend(it.code);
            ids.extend(it.rule);
            ids.insert(it.disposition);
        }
        ids.extend(findings.into_iter().map(|it| it.id));
    }
    for id in ids {
        assert!(!lexicon.explain(&id).is_empty(), "{id} is not explained");
    }
}

/// Every source that a data file names stands in docs/sources.md.
#[test]
fn every_source_is_listed() {
    let sources = fs::read_to_string(root().join("docs/sources.md")).expect("docs/sources.md");
    for (path, bytes) in Files::embedded().iter() {
        let text = String::from_utf8_lossy(bytes);
        let named = text.lines().filter(|it| !it.starts_with('#')).filter_map(|line| match path {
            it if it.ends_with("codes.csv") || it == "rules.csv" => {
                line.rsplit(',').next().filter(|it| *it != "source")
            }
            _ => line.strip_prefix("source = ").map(|it| it.trim_matches('"')),
        });
        for source in named {
            assert!(sources.contains(&format!("| {source} |")), "{path}: source {source} is not in docs/sources.md");
        }
    }
}

#[derive(Deserialize)]
struct Examples {
    example: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    name: String,
    date: Option<String>,
    text: String,
    codes: Vec<String>,
    #[serde(default)]
    row: Option<String>,
}

/// `[words](slot)` in a text: the text without marks, and the marked words with their slots.
fn unmark(text: &str) -> (String, Vec<(String, String)>) {
    let mark = regex::Regex::new(r"\[([^\]]+)\]\(([a-z_]+)\)").expect("regex");
    let marks = mark.captures_iter(text).map(|it| (it[1].to_owned(), it[2].to_owned())).collect();
    (mark.replace_all(text, "$1").into_owned(), marks)
}

/// The family's examples: codes at their date, and marked words that are the evidence of their slot.
#[test]
fn examples_come_out_as_written() {
    let path = "lexicons/families/neuraxial_injection/examples.toml";
    let examples: Examples = toml::from_str(&fs::read_to_string(root().join(path)).expect(path)).expect(path);
    let lexicon = Lexicon::embedded();
    let mut rows = BTreeSet::new();
    for example in examples.example {
        let (text, marks) = unmark(&example.text);
        let note =
            Note { service_date: example.date.map(|it| it.parse().expect("date")), ..Note::new(&*example.name, text) };
        let found = report(&note, &analyze(&note, lexicon), lexicon);
        let codes: Vec<&str> = found.proposals.iter().filter_map(|it| it.code.as_deref()).collect();
        assert_eq!(codes, example.codes, "{}", example.name);
        for (words, slot) in marks {
            let quotes = found
                .encounter
                .procedures
                .iter()
                .filter_map(|it| it.attributes.get(&slot))
                .flatten()
                .flat_map(|it| &it.evidence);
            assert!(
                quotes.clone().any(|it| it.quote.contains(&words)),
                "{}: {words} is no evidence of {slot}: {:?}",
                example.name,
                quotes.map(|it| &it.quote).collect::<Vec<_>>()
            );
        }
        rows.extend(example.row);
        rows.extend(found.proposals.iter().filter_map(|it| it.rule.clone()));
    }
    let table = fs::read_to_string(root().join("lexicons/families/neuraxial_injection/codes.csv")).expect("codes.csv");
    for row in table.lines().skip(1).filter_map(|it| it.split(',').next()) {
        assert!(rows.contains(row), "row {row} has no example");
    }
}

/// On no day do two rows of a table fit the same facts.
#[test]
fn no_two_rows_fit_the_same_line() {
    let table = fs::read_to_string(root().join("lexicons/families/neuraxial_injection/codes.csv")).expect("codes.csv");
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|it| it.split(',').collect()).collect();
    let shares = |left: &str, right: &str| {
        left.is_empty() || right.is_empty() || left.split('|').any(|it| right.split('|').any(|other| other == it))
    };
    let overlap = |left: &[&str], right: &[&str]| {
        (left[3].is_empty() || right[2] < left[3]) && (right[3].is_empty() || left[2] < right[3])
    };
    for (index, left) in rows.iter().enumerate() {
        for right in &rows[index + 1..] {
            let same = overlap(left, right) && (4..7).all(|it| shares(left[it], right[it]));
            assert!(!same, "{} and {} fit the same line", left[0], right[0]);
        }
    }
}
