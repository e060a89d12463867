//! Billed lines against notes: the kind, the type, the direction and the words of each finding; tables that are wrong.

use opnote::lexicon::Files;
use opnote::report::{Report, report};
use opnote::{Lexicon, Note, analyze};
use opnote_audit::compare::{
    Audit, AuditFinding, Billing, Columns, Direction, Figures, Kind, Line, Rvu, RvuTable, Taxonomy, compare, figures,
    settled,
};
use opnote_audit::evaluate::Rate;

/// Notes by their ids.
pub(crate) const NOTES: [(&str, &str); 6] = [
    (
        "lumbar",
        "PROCEDURE: L4-5 interlaminar epidural steroid injection.\n\
         TECHNIQUE: Under fluoroscopy a Tuohy needle was advanced to the L4-5 interspace with loss of resistance to \
         air. Contrast showed epidural spread. 80 mg of methylprednisolone in 3 mL of saline was injected.",
    ),
    (
        "cervical",
        "PROCEDURE: C7-T1 interlaminar epidural steroid injection.\n\
         TECHNIQUE: Under fluoroscopy a Tuohy needle was advanced to the C7-T1 interspace with loss of resistance to \
         air. Contrast showed epidural spread. 80 mg of methylprednisolone in 3 mL of saline was injected.",
    ),
    (
        "foramen",
        "PROCEDURE: Right L5 transforaminal epidural steroid injection.\n\
         TECHNIQUE: Under fluoroscopy a 22-gauge needle was advanced to the right L5-S1 foramen. Contrast outlined the \
         L5 nerve root. 40 mg of triamcinolone was injected.",
    ),
    (
        "plan",
        "OFFICE VISIT. Low back pain.\nPLAN: We will schedule an L4-5 interlaminar epidural steroid injection under \
         fluoroscopy next week.",
    ),
    ("vague", "PROCEDURE: Epidural steroid injection. Contrast was used. 80 mg Depo-Medrol was injected."),
    ("knee", "Knee exam. No effusion."),
];

pub(crate) fn reports() -> Vec<Report> {
    let lexicon = Lexicon::embedded();
    NOTES
        .iter()
        .map(|(id, text)| {
            let mut note = Note::new(*id, *text);
            note.service_date = "2025-10-14".parse().ok();
            report(&note, &analyze(&note, lexicon), lexicon)
        })
        .collect()
}

pub(crate) fn taxonomy() -> Taxonomy {
    Taxonomy::load(&Files::embedded()).expect("the types")
}

fn rvus() -> RvuTable {
    let table = "code,rvu\n62323,1.80\n62322,1.55\n62321,1.95\n62325,2.20\n62327,1.9\n64483,1.9\n77003,0.6\n";
    RvuTable::read(table.as_bytes(), "rvu.csv").expect("a table")
}

pub(crate) fn audit(billed: &str) -> Audit {
    let table = format!("note_id,code,provider,month\n{billed}");
    let billing = Billing::read(table.as_bytes(), "billed.csv", &Columns::new()).expect("a table");
    compare(&reports(), &billing, Some(&rvus()), &taxonomy(), Lexicon::embedded())
}

fn one(note: &str, codes: &str) -> Vec<AuditFinding> {
    let audit = audit(&format!("{note},{codes},A,2025-10\n"));
    audit.findings.into_iter().filter(|it| !it.is_remark).collect()
}

/// Kind, type, direction, and the difference in relative value units of each finding.
fn shown(note: &str, codes: &str) -> Vec<String> {
    let of = |it: &AuditFinding| {
        let rvu = it.rvu.map(|it| format!(" {}", it.difference)).unwrap_or_default();
        let error = it.error.as_deref().unwrap_or("-");
        format!("{} {error} {}{rvu}", it.kind.name(), it.direction.name())
    };
    one(note, codes).iter().map(of).collect()
}

#[test]
fn lines_are_told_apart_by_what_is_wrong() {
    assert_eq!(shown("lumbar", "62323"), ["agreement - neutral 0.00"]);
    assert_eq!(shown("lumbar", "62321"), ["wrong_region E01 over -0.15"]);
    assert_eq!(shown("lumbar", "62327"), ["wrong_delivery E02 over -0.10"]);
    assert_eq!(shown("lumbar", "62322"), ["wrong_imaging E03 under 0.25"]);
    // Two facts differ: the first type of the taxonomy is named, and the message names both.
    assert_eq!(shown("lumbar", "62325"), ["wrong_region E01 over -0.40"]);
    assert!(one("lumbar", "62325")[0].message.contains("delivery is single"));
    assert_eq!(shown("lumbar", "62323 x2"), ["wrong_units E10 over -1.80"]);
    assert_eq!(shown("lumbar", "62323-50"), ["wrong_modifier E11 neutral 0.00"]);
    assert_eq!(shown("lumbar", "62311"), ["wrong_code E15 unknown"]);
    assert_eq!(shown("lumbar", "62323;77003"), ["over_coding E12 over -0.60", "agreement - neutral 0.00"]);
    assert_eq!(shown("lumbar", "62323;99213"), ["not_compared - unknown", "agreement - neutral 0.00"]);
    assert_eq!(shown("lumbar", ""), ["under_coding E29 under 1.80"]);
    assert_eq!(shown("foramen", "62323"), ["wrong_procedure E04 under 0.10"]);
    assert_eq!(shown("lumbar", "64483"), ["wrong_procedure E04 over -0.10"]);
    assert_eq!(shown("plan", "62323"), ["over_coding E09 over -1.80"]);
    assert_eq!(shown("knee", "62323"), ["over_coding E28 over -1.80"]);
    assert_eq!(shown("vague", "62323"), ["missing_documentation E26 unknown"]);
    assert_eq!(shown("absent", "62323"), ["missing_documentation E28 over -1.80"]);
}

#[test]
fn a_finding_has_the_words_that_decide() {
    let quotes = |note: &str, code: &str| -> Vec<String> {
        one(note, code)[0].evidence.iter().map(|it| it.quote.clone()).collect()
    };
    assert!(quotes("lumbar", "62321").iter().any(|it| it.contains("L4-5")), "{:?}", quotes("lumbar", "62321"));
    assert!(quotes("lumbar", "62322").contains(&"fluoroscopy".to_owned()), "{:?}", quotes("lumbar", "62322"));
    assert!(!quotes("plan", "62323").is_empty());
    let asked = &one("vague", "62323")[0];
    assert!(asked.ask.as_deref().is_some_and(|it| it.contains("interspace")), "{asked:?}");
    assert!(asked.candidates.contains(&"62321".to_owned()) && asked.documented.is_none());
    for it in audit("lumbar,62321,A,2025-10\ncervical,62321,B,2025-10\n").findings {
        let text = NOTES.iter().find(|note| note.0 == it.note).expect("a note").1;
        assert!(it.evidence.iter().all(|words| text.get(words.start..words.end) == Some(words.quote.as_str())));
    }
}

#[test]
fn every_type_is_known_and_explains_itself() {
    let taxonomy = taxonomy();
    assert_eq!(taxonomy.iter().count(), 29);
    for it in taxonomy.iter() {
        assert!(!it.title.is_empty() && !it.source.is_empty());
        assert!(it.families.iter().all(|family| Lexicon::embedded().family_label(family).is_some()), "{it:?}");
    }
}

fn all_figures(audit: &Audit) -> Figures {
    figures(audit, &settled(audit), Some(&rvus()), &taxonomy())
}

#[test]
fn the_three_accuracies_are_counted_as_named() {
    let audit = audit(
        "lumbar,62323,A,2025-10\nlumbar,77003,A,2025-10\ncervical,62323,A,2025-11\nforamen,64483,B,2025-11\n\
         vague,62323,B,2025-11\nplan,62323,B,2025-12\n",
    );
    let found = all_figures(&audit);
    let accuracy = &found.accuracy;
    // Right codes: lumbar, cervical (billed wrongly), foramen. Billed on top: 77003 and the planned one.
    assert_eq!((accuracy.code_level, accuracy.extra_codes), (Rate { hits: 2, of: 3 }, 2));
    // The open claim is in no figure of claims.
    assert_eq!((accuracy.claim_level, accuracy.open_lines, accuracy.open_claims), (Rate { hits: 1, of: 4 }, 1, 1));
    assert_eq!(accuracy.financial, Rate { hits: 1, of: 4 });
    // 62321 less 62323 is 0.15 too little; 77003 and the planned injection are too much.
    assert_eq!((accuracy.rvu_over, accuracy.rvu_under), (Rvu(24_000), Rvu(1_500)));
    assert_eq!(accuracy.rvu.difference, Rvu(-22_500));
    assert_eq!(audit.without_claim, ["knee"]);
    let group = |column: &str, value: &str| {
        let own = found.groups.iter().find(|it| it.column == column && it.value == value).expect("a group");
        (own.claims, own.claim_level)
    };
    assert_eq!(group("provider", "A"), (2, Rate { hits: 0, of: 2 }));
    assert_eq!(group("provider", "B"), (3, Rate { hits: 1, of: 2 }));
    assert_eq!(group("month", "2025-11"), (3, Rate { hits: 1, of: 2 }));
    assert_eq!(found.kinds[&Kind::Agreement].findings, 2);
    assert_eq!(found.errors["E12"].over, 1);
}

#[test]
fn claims_that_came_with_the_note_are_compared() {
    let mut all = reports();
    all.truncate(1);
    all[0].source = Some(opnote::report::SourceReport { billed_codes: vec!["62321".to_owned()], ..Default::default() });
    let audit = compare(&all, &Billing::default(), None, &taxonomy(), Lexicon::embedded());
    assert_eq!((audit.findings[0].kind, audit.findings[0].direction), (Kind::WrongRegion, Direction::Unknown));
}

#[test]
fn lines_are_read_as_billing_systems_write_them() {
    let line = |text: &str| Line::parse(text).map(|it| it.to_string());
    let read =
        ["62323", "62323-59", "62323:rt:59 x2", "62323x2", "j1040 X3", "62323-XU", "62323-XU x2", "0232t", "62323.0"];
    let expected =
        ["62323", "62323-59", "62323-59-RT x2", "62323 x2", "J1040 x3", "62323-XU", "62323-XU x2", "0232T", "62323"];
    assert_eq!(read.map(|it| line(it).unwrap_or_default()), expected);
    for wrong in ["", "6", "62323-", "62323 x0", "62323x99999", "epidural injection", "62323--59", "=1+1"] {
        assert_eq!(line(wrong), None, "{wrong}");
    }
}

#[test]
fn a_wrong_table_is_refused_with_all_its_places() {
    let errors = |table: &str| -> Vec<String> {
        let read = Billing::read(table.as_bytes(), "billed.csv", &Columns::new());
        read.expect_err("errors").iter().map(ToString::to_string).collect()
    };
    let table = "note_id,code,units,service_date\n,62323,1,\n1,epidural,1,\n1,62323,x,\n1,62323,1,May\n1,62323,1,\n1,62323,1,\n";
    let found = errors(table);
    let expected = [
        "billed.csv:2: column \"note_id\": expected the id of a note",
        "billed.csv:3: column \"code\": expected codes such as",
        "billed.csv:4: column \"units\": expected a whole number",
        "billed.csv:5: column \"service_date\": expected a day",
        "billed.csv:6: column \"code\": expected each line of a claim once; this repeats line 5",
        "billed.csv:7: column \"code\": expected each line of a claim once; this repeats line 5",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}");
        assert!(!found.contains("epidural") && !found.contains("May"), "a cell is quoted: {found}");
    }
    assert!(errors("a,b\n1,2\n")[0].contains("a column with the ids of the notes, such as note_id; there are a, b"));
    assert!(errors("")[0].contains("a table with a header"));
    assert!(errors("note_id,code\n1,62323,3\n")[0].starts_with("billed.csv:2: expected as many cells"));
    let named = Columns::from([("provider".to_owned(), "Attending".to_owned())]);
    assert!(Billing::read(b"note_id,code\n1,62323\n", "b.csv", &named).is_err());
    let values = RvuTable::read(b"code,rvu\n62323,-1\n62323,1\n62323,2\n", "rvu.csv").expect_err("errors");
    assert_eq!(values.len(), 2, "{values:?}");
}

#[test]
fn a_table_of_any_shape_gives_the_same_claims() {
    let read = |table: &str| Billing::read(table.as_bytes(), "b.csv", &Columns::new()).expect("a table").claims;
    let lines = read("note_id,code,modifiers,units\n1,62323,59,1\n1,J1040,,2\n");
    let cells = read("\u{feff}Note ID;Billed Codes\n1;62323-59, J1040 x2\n");
    assert_eq!(lines[0].lines, cells[0].lines);
    assert_eq!(lines[0].lines.iter().map(ToString::to_string).collect::<Vec<_>>(), ["62323-59", "J1040 x2"]);
}
