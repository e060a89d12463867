//! HL7 v2: MDM and ORU messages.

use opnote_ingest::{Authentication, DateKind, Item, Notice, Relation};

use crate::fixtures::{date, document, documents, message, place, read};

const MDM: &str = "MSH|^~\\&|EHR|H|X|Y|20251015||MDM^T02^MDM_T02|C1|P|2.5\rPID|1||1\rTXA|1|OP^Operative Note|TX|20251014093000||20251014120000|20251015||||DOC7^EHR|||||||LA||AV\r";

#[test]
fn mdm() {
    let text = format!(
        "{MDM}OBX|1|TX|OP^Operative Note||Procedure: A \\T\\ B\\.br\\L4\\F\\L5~second \\X0D0A\\line||||||F\rOBX|2|TX|OP^Operative Note||\rOBX|3|FT|OP^Operative Note||C:\\temp and 5\\S\\3\r"
    );
    // The document number is the twelfth field.
    let text = text.replace("||||DOC7", "|||||DOC7").replace("|||||||LA", "|||||LA");
    let note = document("a.hl7", &text);
    assert_eq!(note.text, "Procedure: A & B\nL4|L5\nsecond \nline\n\nC:\\temp and 5^3\n");
    assert_eq!((note.id.as_str(), note.metadata.message_control_id.as_deref()), ("DOC7", Some("C1")));
    assert_eq!(note.metadata.completion.as_deref(), Some("LA"));
    assert_eq!(note.metadata.authentication, Authentication::Authenticated);
    assert_eq!(note.metadata.document_type.as_deref(), Some("Operative Note"));
    assert_eq!(date(&note), "2025-10-14 (TXA-4)");
    assert_eq!(place(&note, "second"), "message 1, OBX 1, field 5, repetition 2");
    assert_eq!(place(&note, "temp"), "message 1, OBX 3, field 5, repetition 1");
}

/// A message of a trigger with the fields of TXA that matter.
fn mdm_of(trigger: &str, control: &str, number: &str, parent: &str, status: &str, obx: &str) -> String {
    format!(
        "MSH|^~\\&|E|H|X|Y|20251015||MDM^{trigger}|{control}|P|2.3\nTXA|1|OP|TX|20251014||||||||{number}|{parent}||||{status}\n{obx}"
    )
}

#[test]
fn addenda_and_replacements_name_their_parent() {
    let batch = [
        "FHS|^~\\&\nBHS|^~\\&\n".to_owned(),
        mdm_of("T02", "1", "D1", "", "DI", "OBX|1|TX|||First.\n"),
        mdm_of("T06", "2", "D2", "D1", "AU", "OBX|1|TX|||Addendum.\n"),
        mdm_of("T10", "3", "D3", "D1", "AU", "OBX|1|TX|||Replaced.\n"),
        mdm_of("T06", "4", "D4", "", "AU", "OBX|1|TX|||Orphan.\n"),
        mdm_of("T03", "5", "D1", "", "LA", ""),
        mdm_of("T11", "6", "D1", "", "", "OBX|1|TX|||Gone.\n"),
        "BTS|6\nFTS|1\n".to_owned(),
    ];
    let items = read("batch.hl7", batch.concat());
    let messages: Vec<String> = items
        .iter()
        .map(|it| match it {
            Item::Document(it) => {
                format!(
                    "{} {:?} {:?} {:?}",
                    it.id, it.metadata.relation, it.metadata.parent_document, it.metadata.authentication
                )
            }
            Item::Status(it) => format!("status {:?} {:?}", it.metadata.document_number, it.metadata.relation),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        messages,
        [
            "D1 None None NotAuthenticated",
            "D2 Some(Addendum) Some(\"D1\") Authenticated",
            "D3 Some(Replacement) Some(\"D1\") Authenticated",
            "D4 Some(Addendum) None Authenticated",
            "status Some(\"D1\") Some(StatusChange)",
            "status Some(\"D1\") Some(Cancel)",
        ]
    );
    assert!(matches!(&items[3], Item::Document(it) if it.notices == [Notice::ParentMissing]));
    assert!(matches!(&items[1], Item::Document(it) if it.metadata.relation == Some(Relation::Addendum)));
}

#[test]
fn lines_broken_inside_a_field() {
    let note = document(
        "a.hl7",
        mdm_of("T02", "1", "D1", "", "AU", "OBX|1|TX|||First line\nsecond line, no segment\nOBX|2|TX|||third\n"),
    );
    assert_eq!(note.text, "First line\nsecond line, no segment\nthird\n");
    assert!(note.notices.contains(&Notice::BrokenSegment));
}

#[test]
fn encapsulated_documents() {
    use base64::Engine;
    let encoded = base64::engine::general_purpose::STANDARD.encode(br"{\rtf1 Epidural\par at L4-5\par}");
    let (head, tail) = encoded.split_at(10);
    let note = document(
        "a.hl7",
        mdm_of("T02", "1", "D1", "", "AU", &format!("OBX|1|ED|||^TEXT^RTF^Base64^{head}\\.br\\{tail}\n")),
    );
    assert_eq!(note.text, "Epidural\nat L4-5\n");
    assert_eq!(place(&note, "L4"), "message 1, OBX 1, field 5, repetition 1, paragraph 2");
    let twice = format!("OBX|1|TX|||Epidural~at L4-5\nOBX|2|ED|||^TEXT^RTF^Base64^{encoded}\n");
    assert_eq!(document("a.hl7", mdm_of("T02", "1", "D1", "", "AU", &twice)).text, "Epidural\nat L4-5\n");
    let image = "OBX|1|ED|||^IM^PNG^Base64^iVBORw0KGgoAAAA=\n";
    let messages = message("a.hl7", mdm_of("T02", "1", "D1", "", "AU", image));
    assert_eq!(
        messages,
        "a.hl7: message 1, OBX 1, field 5, repetition 1: skipped, an image (run optical character recognition first)"
    );
    let broken = "OBX|1|ED|||^TEXT^RTF^Base64^%%%\n";
    assert!(
        message("a.hl7", mdm_of("T02", "1", "D1", "", "AU", broken))
            .ends_with("the encapsulated document is not base64")
    );
}

#[test]
fn oru() {
    let head =
        "MSH|^~\\&|E|H|X|Y|20251015||ORU^R01|C9|P|2.5\rPV1|1\rPR1|1||64483^Transforaminal injection^CPT||20251013\r";
    let text = format!(
        "{head}OBR|1|P1|F1|ESI^Epidural injection|||20251014||||||||||||||||||F\rOBX|1|TX|F^Findings||Good spread.||||||F\rOBX|2|TX|F^Findings||None.\rOBX|3|TX|I^Impression||Done.\rOBX|4|NM|D^Dose||80|mg\rOBR|2|P2|F2|HB|||20251014\rOBX|1|NM|HB^Hemoglobin||13|g/dL\r"
    );
    let note = document("a.hl7", text);
    assert_eq!(note.text, "Findings:\nGood spread.\nNone.\nImpression:\nDone.\nDose: 80 mg\n");
    assert_eq!(note.id, "F1");
    assert_eq!(note.dates.iter().map(|it| it.kind).collect::<Vec<_>>(), [DateKind::Procedure, DateKind::Procedure]);
    let orders: Vec<String> =
        note.metadata.ordered_procedures.iter().map(|it| format!("{} {:?}", it.label, it.code)).collect();
    assert_eq!(orders, ["PR1-3 Some(\"64483\")", "OBR-4 Some(\"ESI\")"]);
    assert_eq!(place(&note, "Done"), "message 1, OBX 3, field 5, repetition 1");
}

#[test]
fn other_messages_are_named() {
    assert_eq!(
        message("a.hl7", "MSH|^~\\&|E|H|||1||ADT^A01|1|P|2.5\rPID|1\r"),
        "a.hl7: message 1: skipped, an HL7 ADT message, which holds no note"
    );
    assert_eq!(
        message("a.hl7", "MSH|^~\\&|E|H|||1||ORU^R01|1|P|2.5\rOBR|1\rOBX|1|NM|HB||13\r"),
        "a.hl7: message 1: skipped, an HL7 result without a report, which holds no note"
    );
    let two = format!(
        "\u{b}{}\u{1c}\r\u{b}{}\u{1c}\r",
        mdm_of("T02", "1", "A", "", "", "OBX|1|TX|||a").replace('\n', "\r"),
        mdm_of("T02", "2", "B", "", "", "OBX|1|TX|||b").replace('\n', "\r")
    );
    assert_eq!(documents("feed", two).iter().map(|it| it.id.clone()).collect::<Vec<_>>(), ["A", "B"]);
}

#[test]
fn rtf_sent_as_lines() {
    let lines = "OBX|1|TX|||{\\E\\rtf1 Epi\nOBX|2|TX|||dural\\E\\par\nOBX|3|FT|||at L4}\n";
    let note = document("a.hl7", mdm_of("T02", "1", "D1", "", "AU", lines));
    assert_eq!(note.text, "Epidural\nat L4");
    assert_eq!(place(&note, "L4"), "message 1, OBX 1, paragraph 2");
}
