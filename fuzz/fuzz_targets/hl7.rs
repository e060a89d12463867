//! Any bytes are read as HL7 v2 messages without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use opnote_fuzz::{Format, check};

fuzz_target!(|bytes: &[u8]| check(Format::Hl7, "a.hl7", bytes));
