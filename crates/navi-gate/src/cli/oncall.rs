//! Arguments of `oncall`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub struct OnCallArgs {
    #[command(subcommand)]
    pub command: Option<OnCallCommand>,
    /// One JSON value.
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum OnCallCommand {
    /// Who is on call now and next, and whom a waiting request alerts.
    Now,
    /// Who is on call in the days ahead.
    Turns {
        /// The schedule.
        schedule: String,
        /// How many days.
        #[arg(long, default_value_t = 28, value_parser = clap::value_parser!(u16).range(1..=400))]
        days: u16,
    },
    /// Save a schedule; shifts taken over or imported stay.
    Set {
        /// The schedule: lower-case letters, digits and hyphens.
        schedule: String,
        /// In words [default: the schedule].
        #[arg(long)]
        name: Option<String>,
        /// IANA time zone whose wall clock the handovers follow.
        #[arg(long)]
        zone: String,
        /// Who takes turns, in order: ana,ben,eva.
        #[arg(long, value_delimiter = ',', requires = "begins")]
        people: Vec<String>,
        /// First handover by that wall clock: 2026-11-23T09:00. Without it only shifts count.
        #[arg(long, requires = "people")]
        begins: Option<String>,
        /// Length of a turn in days.
        #[arg(long, default_value_t = 7)]
        days: u16,
    },
    /// Remove a schedule that the line does not alert.
    Remove {
        /// The schedule.
        schedule: String,
    },
    /// Take a shift over.
    Take {
        /// The schedule.
        schedule: String,
        /// Who takes it [default: you]; only an admin names somebody else.
        #[arg(long)]
        user: Option<String>,
        /// From when [default: now]: 2026-11-23T09:00 by this machine's clock, or with a zone.
        #[arg(long)]
        from: Option<String>,
        /// Until when.
        #[arg(long)]
        to: String,
    },
    /// Give a shift back.
    GiveBack {
        /// The schedule.
        schedule: String,
        /// The shift.
        shift: String,
    },
    /// Import an iCalendar file, in the place of what was imported before.
    Import {
        /// The schedule.
        schedule: String,
        /// The file; - for standard input.
        file: PathBuf,
        /// What the calendar calls a person, and who that is: "On Call - Ana=ana"; may be given several times.
        #[arg(long, value_parser = crate::oncall::named)]
        person: Vec<(String, String)>,
        /// Only say what would be imported.
        #[arg(long)]
        dry_run: bool,
    },
    /// Say whom a waiting request alerts, and how soon it should be answered.
    Line {
        /// After this per cent of the time allowed: 50=schedule:primary, 60=user:ana, 75=role:admin; in order.
        #[arg(long, value_parser = crate::oncall::step)]
        step: Vec<navi_protocol::oncall::StepView>,
        /// In minutes.
        #[arg(long, default_value_t = 120)]
        target_minutes: u32,
    },
    /// What the next shift takes over: everything that is open now.
    Handover,
}
