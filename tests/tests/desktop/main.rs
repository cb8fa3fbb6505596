//! The whole product at an approver's desk: agent, hook, server, console, notification daemon, tray, windows and page.
#![expect(
    clippy::indexing_slicing,
    reason = "a missing JSON field reads as null, and the test says what it misses"
)]

mod again;
mod delivery;
mod emergency;
mod full;
mod held;
mod hold;
mod language;
mod leftover;
mod machine;
mod notification;
mod offline;
mod record;
mod rows;
mod settings;
mod silence;
mod stale;
mod told;
mod tray;
mod update;
mod view;
mod web;
mod window;
