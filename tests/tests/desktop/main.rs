//! The whole product at an approver's desk: agent, hook, server, console, notification daemon, tray, windows and page.
#![expect(
    clippy::indexing_slicing,
    reason = "a missing JSON field reads as null, and the test says what it misses"
)]

mod machine;
mod notification;
mod offline;
mod record;
mod tray;
mod web;
mod window;
