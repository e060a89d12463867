//! Any bytes are read as zip archives without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use opnote_fuzz::{Format, check};

fuzz_target!(|bytes: &[u8]| check(Format::Zip, "a.zip", bytes));
