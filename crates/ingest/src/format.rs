//! The formats that are read.

use std::fmt;

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Plain text, one note a file.
    Text,
    /// JSON: an object or an array of objects.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Values separated by commas or semicolons, one note a row.
    Csv,
    /// Values separated by tabs, one note a row.
    Tsv,
    /// Excel workbook, one note a row.
    Xlsx,
    /// HL7 v2 messages: MDM and ORU, one or many.
    Hl7,
    /// FHIR R4 resources in JSON, alone, in a Bundle, or one a line.
    Fhir,
    /// C-CDA document.
    Ccda,
    /// Rich Text Format.
    Rtf,
    /// Word document.
    Docx,
    /// PDF with a text layer.
    Pdf,
    /// HTML page.
    Html,
    /// Zip archive of files of these formats.
    Zip,
}

impl Format {
    /// All formats, in the order of their declaration.
    pub const ALL: [Format; 14] = [
        Format::Text,
        Format::Json,
        Format::Jsonl,
        Format::Csv,
        Format::Tsv,
        Format::Xlsx,
        Format::Hl7,
        Format::Fhir,
        Format::Ccda,
        Format::Rtf,
        Format::Docx,
        Format::Pdf,
        Format::Html,
        Format::Zip,
    ];

    /// The name, in lower case, as it is given on a command line.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::Csv => "csv",
            Format::Tsv => "tsv",
            Format::Xlsx => "xlsx",
            Format::Hl7 => "hl7",
            Format::Fhir => "fhir",
            Format::Ccda => "ccda",
            Format::Rtf => "rtf",
            Format::Docx => "docx",
            Format::Pdf => "pdf",
            Format::Html => "html",
            Format::Zip => "zip",
        }
    }

    /// The format of a name.
    pub fn named(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|it| it.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Text => "text",
            Format::Json => "JSON",
            Format::Jsonl => "JSON lines",
            Format::Csv => "CSV",
            Format::Tsv => "TSV",
            Format::Xlsx => "XLSX",
            Format::Hl7 => "HL7 v2",
            Format::Fhir => "FHIR R4",
            Format::Ccda => "C-CDA",
            Format::Rtf => "RTF",
            Format::Docx => "DOCX",
            Format::Pdf => "PDF",
            Format::Html => "HTML",
            Format::Zip => "ZIP",
        })
    }
}
