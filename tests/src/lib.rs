//! Harness for black-box tests: it starts the product's real binaries and the real or fake parts around them (display,
//! message bus, notification daemon, tray host, Secret Service, agent CLI, browsers), and speaks only public contracts.
//! It never links a crate of the product.
#![expect(
    clippy::indexing_slicing,
    reason = "a missing JSON field reads as null, and the test says what it misses"
)]

pub mod agent;
pub mod audit;
pub mod binaries;
pub mod console;
pub mod desktop;
pub mod device;
pub mod disk;
pub mod framework;
pub mod gate;
pub mod harness;
pub mod mcp;
pub mod merkle;
pub mod migrations;
pub mod model;
pub mod nonsense;
pub mod notifications;
pub mod page;
pub mod pipelines;
pub mod postgres;
pub mod process;
pub mod provider;
pub mod screensaver;
pub mod secrets;
pub mod server;
pub mod tray;
pub mod unleash;
pub mod wait;
pub mod webdriver;
