//! The one integration-test binary of the reviews.

/// Questions to the provider.
#[path = "all/query.rs"]
mod query;
/// Checklist and coverage policies.
#[path = "all/review.rs"]
mod review;
/// Files of the project.
#[path = "../../../tests/support.rs"]
mod support;
