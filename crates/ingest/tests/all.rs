//! The tests: bytes in, text out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

#[path = "all/documents.rs"]
mod documents;
#[path = "all/fixtures.rs"]
mod fixtures;
#[path = "all/hl7.rs"]
mod hl7;
#[path = "all/tables.rs"]
mod tables;
