//! Pure values and rules of the product: what an action is, what it means, who may decide, and which bytes are signed.
//!
//! Nothing here reads a clock, draws randomness, does I/O or awaits: functions take values (also the time and the
//! random bytes) and return values. Instants are UTC microseconds since the Unix epoch ([`UtcMicros`]), scores are
//! integer thousandths ([`risk::Score`]).

pub mod action;
pub mod advice;
pub mod allow;
pub mod allowance;
pub mod approval;
pub mod bypass;
pub mod canonical;
pub mod decision;
pub mod delegation;
pub mod delivery;
pub mod envelope;
pub mod erasure;
pub mod event;
pub mod evidence;
pub mod execution;
pub mod fact;
pub mod freeze;
pub mod grant;
pub mod guardrail;
pub mod learning;
pub mod oncall;
pub mod people;
pub mod permit;
pub mod pipeline;
pub mod plan;
pub mod policy;
pub mod proposal;
pub mod reading;
pub mod review;
pub mod risk;
pub mod rollback;
pub mod settings;
pub mod vote;
pub mod words;

/// An instant: microseconds since 1970-01-01T00:00:00Z. Stays far below 2^53 until the year 2255.
pub type UtcMicros = i64;

/// Microseconds in a second.
pub const SECOND: UtcMicros = 1_000_000;
/// Sixty seconds.
pub const MINUTE: UtcMicros = 60 * SECOND;
