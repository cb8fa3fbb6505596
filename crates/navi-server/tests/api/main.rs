//! The HTTP API through the real router and a real SQLite file, with a clock and randomness of the test's own.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod app;
mod authorisation;
mod bodies;
mod bulk;
mod decisions;
mod delegation;
mod discussion;
mod editing;
mod erasure;
mod export;
mod faults;
mod foreign;
mod freeze;
mod grants;
mod insights;
mod learning;
mod memory;
mod oncall;
mod people;
mod policies;
mod precedents;
mod proposals;
mod quorum;
mod record;
mod redeeming;
mod voting;
mod witness;
