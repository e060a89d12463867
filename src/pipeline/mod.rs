//! The stages, in running order, and the driver that calls them.

pub(crate) mod context;
