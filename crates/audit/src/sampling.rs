//! Samples of notes or claims for an audit: frames, methods, sizes, and the file that lets anyone draw the same again.

mod decimal;
mod draw;
mod fault;
mod frame;
mod random;
mod record;
pub mod results;
mod size;
mod strata;
mod table;

pub use decimal::Decimal;
pub(crate) use draw::deviation;
pub use draw::{Draw, Drawn, Group, Method, Stratum, Target, draw};
pub use fault::{Fault, Place};
pub use frame::{Condition, Frame, join};
pub use random::{GENERATOR, Seed};
pub(crate) use record::rows_by_order;
pub use record::{
    AMOUNT, ERROR, FileDigest, FrameRecord, ORDER, Purpose, SCHEMA, Sample, Settings, compare_rows, rows,
};
pub use size::{SampleSize, shows, size_for_amount, size_for_rate, size_to_show};
pub use strata::{Allocation, By, StratumColumn, StratumSize, allocate, shares};
pub(crate) use table::guarded;
pub use table::{Row, Table};
