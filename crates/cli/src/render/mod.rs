//! Results for people: text with the words of the note underlined, and tables.

pub(crate) mod audit;
pub(crate) mod brief;
pub(crate) mod columns;
pub(crate) mod excerpt;
pub(crate) mod fhir;
pub(crate) mod page_width;
pub(crate) mod parquet;
mod review;
pub(crate) mod sarif;
pub(crate) mod session;
pub(crate) mod statements;
mod supplies_and_diagnoses;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod workbook;
