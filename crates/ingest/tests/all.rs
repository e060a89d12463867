//! The tests: bytes in, text out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#![allow(clippy::format_push_string, clippy::format_collect)]

#[path = "all/documents.rs"]
mod documents;
#[path = "all/faults.rs"]
mod faults;
#[path = "all/fixtures.rs"]
mod fixtures;
#[path = "all/hl7.rs"]
mod hl7;
#[path = "all/hostile.rs"]
mod hostile;
#[path = "all/mutations.rs"]
mod mutations;
#[path = "all/packages.rs"]
mod packages;
#[path = "all/tables.rs"]
mod tables;
