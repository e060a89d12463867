//! Results as FHIR R4: a Bundle a note with the note, what was done, draft charges, open issues, and where each comes from.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use opnote::Lexicon;
use opnote::report::{EvidenceReport, FindingReport, ProcedureReport, ProposalReport, Report, SupplyReport};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::columns::is_open;

/// Prefix of the extensions, each described in docs/outputs.md.
const EXTENSION: &str = "urn:opnote:";
const CPT: &str = "http://www.ama-assn.org/go/cpt";
const HCPCS: &str = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets";
const ICD10CM: &str = "http://hl7.org/fhir/sid/icd-10-cm";
const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
const PARTICIPANT: &str = "http://terminology.hl7.org/CodeSystem/provenance-participant-type";

/// The Bundle of a note, on one line.
pub(crate) fn render(report: &Report, note: &str, lexicon: &Lexicon) -> String {
    let mut bundle = Bundle { report, note, lexicon, entries: Vec::new(), performed: BTreeMap::new() };
    bundle.document();
    for (index, it) in report.encounter.procedures.iter().enumerate() {
        bundle.procedure(index, it);
    }
    for (index, it) in report.proposals.iter().enumerate() {
        bundle.charge(index, it);
    }
    for (index, it) in report.supplies.iter().enumerate() {
        bundle.supply(index, it);
    }
    for (index, it) in report.findings.iter().filter(|it| is_open(it)).enumerate() {
        bundle.issue(index, it);
    }
    json!({"resourceType": "Bundle", "type": "collection", "entry": bundle.entries}).to_string() + "\n"
}

struct Bundle<'a> {
    report: &'a Report,
    note: &'a str,
    lexicon: &'a Lexicon,
    entries: Vec<Value>,
    /// The references of the procedures that were performed, by index.
    performed: BTreeMap<usize, Value>,
}

impl Bundle<'_> {
    /// Adds a resource and gives the reference to it.
    fn push(&mut self, kind: &str, index: usize, fields: Value) -> Value {
        let url = self.url(kind, index);
        let mut resource = without_nothing(fields);
        resource.insert("resourceType".to_owned(), kind.into());
        self.entries.push(json!({"fullUrl": url, "resource": resource}));
        json!({"reference": url})
    }

    /// The name of a resource: the same for the same note, and made of it by a digest.
    fn url(&self, kind: &str, index: usize) -> String {
        let mut hasher = Sha256::new();
        for part in [self.report.note.id.as_str(), self.note, kind, &index.to_string()] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        let digest = hasher.finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        // Version 8 of RFC 9562: the bits are the maker's own.
        bytes[6] = bytes[6] & 0x0f | 0x80;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex = crate::run::files::hex(&bytes);
        format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }

    fn document_reference(&self) -> Value {
        json!({"reference": self.url("DocumentReference", 0)})
    }

    fn day(&self) -> Option<&str> {
        self.report.note.service_date.as_deref()
    }

    fn document(&mut self) {
        let source = self.report.source.as_ref();
        let signed = source.and_then(|it| it.authenticated).map(|it| if it { "final" } else { "preliminary" });
        let period = self.day().map(|it| json!({"period": {"start": it, "end": it}}));
        let kind = source.and_then(|it| it.document_type.as_ref()).map(|it| json!({"text": it}));
        let fields = json!({
            "status": "current",
            "docStatus": signed,
            "masterIdentifier": {"value": self.report.note.id},
            "type": kind,
            "content": [{"attachment": {
                "contentType": "text/plain; charset=utf-8",
                "data": STANDARD.encode(self.note),
                "size": self.note.len(),
            }}],
            "context": period,
        });
        self.push("DocumentReference", 0, fields);
    }

    /// A procedure that was performed or attempted; what is planned, denied or history is none of this encounter.
    fn procedure(&mut self, index: usize, it: &ProcedureReport) {
        let status = match it.status.as_str() {
            "performed" => "completed",
            "attempted" => "stopped",
            _ => return,
        };
        let own = || self.report.proposals.iter().filter(|proposal| proposal.procedure == index);
        let codes: Vec<&str> = own().filter_map(|it| it.code.as_deref()).collect();
        // Several codes in one concept would be translations of each other.
        let coding = if let [code] = codes[..] { Some(json!([coding(code)])) } else { None };
        let label = self.lexicon.family_label(&it.family).unwrap_or(&it.family);
        let mut extensions: Vec<Value> = Vec::new();
        for (attribute, values) in &it.attributes {
            extensions.extend(values.iter().map(|it| {
                let parts = [("attribute", attribute), ("value", &it.value), ("why", &it.why)];
                let parts: Vec<Value> = parts.map(|(url, value)| json!({"url": url, "valueString": value})).into();
                json!({"url": format!("{EXTENSION}fact"), "extension": parts})
            }));
        }
        let open = own().filter(|it| it.code.is_none()).flat_map(|it| &it.candidates);
        extensions.extend(open.map(|it| extension("candidate", "valueString", it.as_str().into())));
        let site = |name: &str| it.attributes.get(name).into_iter().flatten().map(|it| json!({"text": it.value}));
        let sites: Vec<Value> = site("level").chain(site("region")).chain(site("site")).collect();
        let reasons = self.report.diagnoses.iter().filter_map(|it| it.code.as_deref());
        let reasons: Vec<Value> = reasons.map(|it| json!({"coding": [{"system": ICD10CM, "code": it}]})).collect();
        let fields = json!({
            "status": status,
            "code": {"coding": coding, "text": label},
            "subject": subject(),
            "performedDateTime": self.day(),
            "bodySite": sites,
            "reasonCode": reasons,
            "report": [self.document_reference()],
            "extension": extensions,
        });
        let reference = self.push("Procedure", index, fields);
        self.provenance("procedure", index, &reference, &it.evidence);
        self.performed.insert(index, reference);
    }

    /// The draft of a charge; a proposal without a single code has none.
    fn charge(&mut self, index: usize, it: &ProposalReport) {
        let Some(code) = &it.code else { return };
        let mut extensions = vec![extension("disposition", "valueCode", it.disposition.as_str().into())];
        extensions.extend(it.confidence.map(|it| extension("confidence", "valueDecimal", it.into())));
        extensions.extend(it.modifiers.iter().map(|it| extension("modifier", "valueCode", it.as_str().into())));
        let fields = self.item(code, it.units.into(), it.procedure, &extensions, None);
        let reference = self.push("ChargeItem", index, fields);
        self.provenance("charge", index, &reference, &it.evidence);
    }

    /// The draft of a charge for a drug whose code and units are certain.
    fn supply(&mut self, index: usize, it: &SupplyReport) {
        let (Some(code), Some(units)) = (&it.code, it.units) else { return };
        let modifiers: Vec<Value> =
            it.modifiers.iter().map(|it| extension("modifier", "valueCode", it.as_str().into())).collect();
        let fields = self.item(code, units, it.procedure, &modifiers, Some(&it.substance));
        let reference = self.push("ChargeItem", self.report.proposals.len() + index, fields);
        self.provenance("supply", index, &reference, &it.evidence);
    }

    fn item(&self, code: &str, units: u64, procedure: usize, extensions: &[Value], product: Option<&str>) -> Value {
        json!({
            "status": "planned",
            "code": {"coding": [coding(code)]},
            "subject": subject(),
            "occurrenceDateTime": self.day(),
            "quantity": {"value": units},
            "productCodeableConcept": product.map(|it| json!({"text": it})),
            "service": self.performed.get(&procedure).map(|it| json!([it])),
            "supportingInformation": [self.document_reference()],
            "extension": extensions,
        })
    }

    fn issue(&mut self, index: usize, it: &FindingReport) {
        let severity = if it.severity == "code" { "high" } else { "moderate" };
        let about = it.procedure.and_then(|it| self.performed.get(&it)).cloned();
        let fields = json!({
            "status": "preliminary",
            "code": {"coding": [{"system": format!("{EXTENSION}finding"), "code": it.id}], "text": it.outcome},
            "severity": severity,
            "implicated": [about.unwrap_or_else(|| self.document_reference())],
            "detail": it.message,
            "mitigation": it.ask.as_ref().map(|it| json!([{"action": {"text": it}}])),
        });
        let reference = self.push("DetectedIssue", index, fields);
        self.provenance("issue", index, &reference, &it.evidence);
    }

    /// The words behind a resource, with their bytes in the note.
    fn provenance(&mut self, kind: &str, index: usize, target: &Value, evidence: &[EvidenceReport]) {
        if evidence.is_empty() {
            return;
        }
        let words: Vec<Value> = evidence.iter().map(words).collect();
        let made = &self.report.made_by;
        let fields = json!({
            "target": [target],
            // No clock is read: the same note gives the same bytes.
            "_recorded": {"extension": [{"url": ABSENT, "valueCode": "unknown"}]},
            "agent": [{
                "type": {"coding": [{"system": PARTICIPANT, "code": "assembler"}]},
                "who": {"display": format!("opnote {}, lexicon {}", made.version, made.lexicon)},
            }],
            "entity": [{"role": "source", "what": self.document_reference(), "extension": words}],
        });
        let url = self.url(&format!("Provenance of {kind}"), index);
        let mut resource = without_nothing(fields);
        resource.insert("resourceType".to_owned(), "Provenance".into());
        self.entries.push(json!({"fullUrl": url, "resource": resource}));
    }
}

fn words(it: &EvidenceReport) -> Value {
    let mut parts = vec![
        json!({"url": "start", "valueUnsignedInt": it.start}),
        json!({"url": "end", "valueUnsignedInt": it.end}),
        json!({"url": "quote", "valueString": it.quote}),
        json!({"url": "rule", "valueString": it.rule}),
    ];
    parts.extend(it.place.as_ref().map(|it| json!({"url": "place", "valueString": it})));
    json!({"url": format!("{EXTENSION}evidence"), "extension": parts})
}

fn extension(name: &str, kind: &str, value: Value) -> Value {
    let mut fields = Map::new();
    fields.insert("url".to_owned(), format!("{EXTENSION}{name}").into());
    fields.insert(kind.to_owned(), value);
    Value::Object(fields)
}

/// A code with its system: those of the second level of HCPCS begin with a letter.
fn coding(code: &str) -> Value {
    let system = if code.starts_with(|it: char| it.is_ascii_alphabetic()) { HCPCS } else { CPT };
    json!({"system": system, "code": code})
}

/// The patient, of whom no identifier is read.
fn subject() -> Value {
    json!({"display": "the patient of the note"})
}

/// Fields without those that hold nothing, which FHIR does not allow.
fn without_nothing(fields: Value) -> Map<String, Value> {
    let Value::Object(fields) = fields else { return Map::new() };
    let cleaned = fields.into_iter().filter_map(|(key, value)| Some((key, something(value)?)));
    cleaned.collect()
}

fn something(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) => (!text.trim().is_empty()).then_some(Value::String(text)),
        Value::Array(items) => {
            let items: Vec<Value> = items.into_iter().filter_map(something).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        Value::Object(_) => {
            let fields = without_nothing(value);
            (!fields.is_empty()).then_some(Value::Object(fields))
        }
        other => Some(other),
    }
}
