//! The whole product at an approver's desk: agent, hook, server, console, notification daemon, tray, windows and page.

mod notification;
mod tray;
mod web;
mod window;
