//! The command line of opnote.

fn main() {}
