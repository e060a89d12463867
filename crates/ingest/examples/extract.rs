//! Files in, one JSON object a line out: documents, status messages, skipped parts and errors. Serves `.ci/interop`.

use std::io::Write;

use opnote_ingest::{Document, Item, Metadata, Options, read_each};
use serde_json::{Value, json};

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path)?;
        let mut written = Ok(());
        read_each(&path, &bytes, &Options::default(), &mut |item| {
            let line = writeln!(out, "{}", value(&item));
            written = std::mem::replace(&mut written, Ok(())).and(line);
        });
        written?;
    }
    Ok(())
}

fn value(item: &Item) -> Value {
    match item {
        Item::Document(it) => document(it),
        Item::Status(it) => json!({"status": metadata(&it.metadata), "file": it.file, "place": it.place.to_string()}),
        Item::Skipped(it) => json!({"skipped": it.to_string()}),
        Item::Error(it) => json!({"error": it.to_string()}),
    }
}

fn document(document: &Document) -> Value {
    let dates: Vec<Value> = document
        .dates
        .iter()
        .map(|it| json!({"date": it.date.to_string(), "kind": format!("{:?}", it.kind), "label": it.label}))
        .collect();
    let map: Vec<Value> =
        document.source_map.0.iter().map(|it| json!([it.start, it.end, it.place.to_string()])).collect();
    let notices: Vec<String> = document.notices.iter().map(ToString::to_string).collect();
    json!({
        "id": document.id,
        "text": document.text,
        "format": document.format.name(),
        "place": document.place.to_string(),
        "dates": dates,
        "metadata": metadata(&document.metadata),
        "map": map,
        "notices": notices,
    })
}

fn metadata(metadata: &Metadata) -> Value {
    let ordered: Vec<Value> =
        metadata.ordered_procedures.iter().map(|it| json!([it.label, it.code, it.text, it.system])).collect();
    json!({
        "message_control_id": metadata.message_control_id,
        "message_type": metadata.message_type,
        "document_number": metadata.document_number,
        "parent_document": metadata.parent_document,
        "relation": metadata.relation.map(|it| format!("{it:?}")),
        "document_type": metadata.document_type,
        "completion": metadata.completion,
        "availability": metadata.availability,
        "authentication": format!("{:?}", metadata.authentication),
        "ordered_procedures": ordered,
        "billed_codes": metadata.billed_codes,
    })
}
