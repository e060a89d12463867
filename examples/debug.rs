//! TEMPORARY
fn main() {
    let lexicon = opnote::Lexicon::embedded();
    let want = std::env::var("DEBUG_NOTE").unwrap();
    for line in std::fs::read_to_string(std::env::var("DEBUG_FILE").unwrap()).unwrap().lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let id = match &value["id"] {
            serde_json::Value::String(it) => it.clone(),
            it => it.to_string(),
        };
        if id.starts_with(&want) {
            println!("{}", opnote::debug(&opnote::Note::new(id, value["text"].as_str().unwrap()), lexicon));
        }
    }
}
