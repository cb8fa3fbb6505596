//! What a person at the terminal sees while people elsewhere decide.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use navi_protocol::approvals::ApprovalView;
use navi_protocol::deliveries::ToldView;
use navi_protocol::discussion::Remark;

use crate::permission::Watch;
use crate::reach;
use crate::text::{left, visible};

/// Live on a terminal, plain lines elsewhere, silent on request.
pub struct Progress {
    quiet: bool,
    bar: Option<ProgressBar>,
    ticking: Option<tokio::task::AbortHandle>,
    said_away: bool,
    /// What was said last about how far the news came.
    told: Vec<ToldView>,
    /// The approval that is waited for, so that it can be withdrawn.
    pub approval_id: Option<String>,
}

impl Progress {
    /// Progress on stderr.
    pub fn new(quiet: bool) -> Self {
        Self { quiet, bar: None, ticking: None, said_away: false, told: Vec::new(), approval_id: None }
    }
}

impl Watch for Progress {
    fn asks(&mut self, approval_id: &str) {
        self.approval_id = Some(approval_id.to_owned());
    }

    fn waiting(&mut self, a: &ApprovalView) {
        self.approval_id = Some(a.id.clone());
        if self.quiet {
            return;
        }
        eprintln!("navi-gate: waiting for a person: {}", visible(&a.title));
        eprintln!(
            "  risk {:.3} ({}): {}",
            a.risk_score,
            a.level,
            a.reasons.iter().map(|r| visible(r)).collect::<Vec<_>>().join("; ")
        );
        eprintln!(
            "  approval {} · {} of {} needed · can decide: {}",
            a.id,
            a.votes.len(),
            a.quorum,
            people(&a.deciders)
        );
        if !std::io::stderr().is_terminal() {
            eprintln!("  expires in {}; then nothing runs", left(a.left(a.server_time)));
            return self.say_told(a);
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(250));
        self.bar = Some(bar);
        self.still(a);
    }

    fn still(&mut self, a: &ApprovalView) {
        self.said_away = false;
        if self.bar.is_none() {
            self.say_told(a);
        }
        if let Some(bar) = &self.bar {
            // Server time plus the monotonic clock: the local wall clock does not matter.
            let ends =
                Instant::now() + Duration::from_micros(u64::try_from(a.left(a.server_time)).unwrap_or(0));
            let (votes, quorum, people, then) = (a.votes.len(), a.quorum, a.told.clone(), a.server_time);
            let (bar, looked) = (bar.clone(), Instant::now());
            let message = move || {
                let passed = i64::try_from(looked.elapsed().as_micros()).unwrap_or(0);
                let told = reach::line(&people, then + passed);
                let told = if told.is_empty() { told } else { format!(" · {told}") };
                format!("{votes} of {quorum} · {} left{told}", remaining(ends))
            };
            bar.set_message(message());
            let ticking = tokio::spawn(async move {
                while !bar.is_finished() && Instant::now() < ends {
                    bar.set_message(message());
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            });
            if let Some(before) = self.ticking.replace(ticking.abort_handle()) {
                before.abort();
            }
        }
    }

    fn asked(&mut self, a: &ApprovalView, questions: &[&Remark]) -> Result<(), String> {
        let tell = || {
            for q in questions {
                eprintln!("navi-gate: {} asks: {}", visible(&q.user), visible(&q.text));
                eprintln!("  answer with: navi-gate answer {} {} TEXT", a.id, q.id);
            }
        };
        match &self.bar {
            Some(bar) => bar.suspend(tell),
            None => tell(),
        }
        Ok(())
    }

    fn away(&mut self, why: &str) {
        if !self.quiet && !self.said_away {
            eprintln!("navi-gate: {why}; still waiting");
        }
        self.said_away = true;
    }

    fn over(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Progress {
    /// Where there is no line that can change, only news is said.
    fn say_told(&mut self, a: &ApprovalView) {
        if !self.quiet && !a.told.is_empty() && reach::is_news(&self.told, &a.told) {
            eprintln!("  {}", reach::line(&a.told, a.server_time));
            self.told.clone_from(&a.told);
        }
    }
}

fn remaining(ends: Instant) -> String {
    left(i64::try_from(ends.saturating_duration_since(Instant::now()).as_micros()).unwrap_or(i64::MAX))
}

fn people(deciders: &[String]) -> String {
    match deciders {
        [] => "nobody is enrolled who could".to_owned(),
        some => some.iter().take(8).map(|d| visible(d)).collect::<Vec<_>>().join(", "),
    }
}
