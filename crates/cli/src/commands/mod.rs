//! The commands, one file each: what to read, what to call, what to write.

pub(crate) mod audit;
pub(crate) mod batch;
pub(crate) mod calibrate;
pub(crate) mod code;
pub(crate) mod codes;
pub(crate) mod config;
pub(crate) mod context;
pub(crate) mod estimate;
pub(crate) mod evaluate;
pub(crate) mod explain;
pub(crate) mod find;
pub(crate) mod query;
mod reviewer;
pub(crate) mod sample;
pub(crate) mod sample_size;
pub(crate) mod verify;
