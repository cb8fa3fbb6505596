//! One bypass held against what was signed for it, and what ran against its time and scope.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::{Enrolled, Fault};
use super::{Bypasses, Known, Said, Used};
use crate::bypass::{Act, BypassScope, Stage, Statement};
use crate::{MINUTE, UtcMicros};

impl Known {
    /// Holds the whole bypass; the first thing that is wrong.
    pub(super) fn check(
        &self,
        all: &Bypasses,
        devices: &BTreeMap<String, Enrolled>,
        revoked: &BTreeMap<String, u64>,
        partial: bool,
    ) -> Result<(), Fault> {
        let at = |index: u64, message: &str| Fault { index, message: message.to_owned() };
        let signed = |said: &Said| signed(said, devices, revoked, partial);
        let asker = self.asked.as_ref().map(signed).transpose()?.flatten();
        if let (Some(said), Some((_, act))) = (&self.asked, &asker)
            && *act != Act::Ask(said.bypass.wish.clone())
        {
            return Err(at(said.index, "the bypass is not the one that was signed for"));
        }
        if let Some(said) = &self.begun {
            // What an envelope opened began at its gate, and is held against its own statements where those are told.
            if said.bypass.envelope.is_some() {
                return Err(at(said.index, "an envelope begins no bypass at the server"));
            }
            self.begun_by(said, signed(said)?.as_ref(), asker.as_ref())?;
        }
        if let Some(said) = &self.reviewed
            && let Some((user, act)) = signed(said)?
        {
            let finding = match &said.bypass.stage {
                Stage::Reviewed { finding, .. } => finding.as_str(),
                _ => "",
            };
            let own = matches!(&act, Act::Review { bypass_id, finding: said } if *bypass_id == self.story.id && said.trim() == finding);
            let involved = user == said.bypass.by || self.story.with.as_deref() == Some(user.as_str());
            if !own || involved {
                return Err(at(
                    said.index,
                    "the review is not signed by another person than the two of its beginning",
                ));
            }
            // One that was opened from an envelope was over when the server heard of it.
            let opened = said.bypass.envelope.is_some();
            if !opened && self.ended.is_none_or(|ended| ended > said.index) && !partial {
                return Err(at(said.index, "the review came before the bypass ended"));
            }
        }
        for used in &self.used {
            self.used_within(used, all, partial)?;
        }
        for (index, when, _) in &self.story.started {
            self.within(*index, *when, partial)?;
        }
        Ok(())
    }

    fn begun_by(
        &self,
        said: &Said,
        begun: Option<&(String, Act)>,
        asker: Option<&(String, Act)>,
    ) -> Result<(), Fault> {
        let fault = |message: &str| Fault { index: said.index, message: message.to_owned() };
        let Some((user, act)) = begun else { return Ok(()) };
        let asked_for = said.bypass.signed.first().and_then(|first| first.bytes());
        if asked_for.is_none_or(|bytes| Statement::sha256(&bytes) != said.bypass.ask_sha256) {
            return Err(fault("it begins another bypass than was asked for"));
        }
        let Stage::Active { with, began_at, ends_at } = &said.bypass.stage else {
            return Err(fault("it begins a bypass that is not in force"));
        };
        let lasts = ends_at.saturating_sub(*began_at) <= i64::from(said.bypass.wish.minutes) * MINUTE;
        if !lasts || Some(*ends_at) != self.ends_at {
            return Err(fault("the bypass lasts longer than what was signed for"));
        }
        let other = asker.is_none_or(|(asker, _)| asker != user) && said.bypass.by != *user;
        let right = match (act, with) {
            (Act::Confirm { bypass_id, ask_sha256, .. }, Some(with)) => {
                *bypass_id == self.story.id && *ask_sha256 == said.bypass.ask_sha256 && other && with == user
            }
            (Act::Alone { bypass_id }, None) => {
                *bypass_id == self.story.id
                    && said.bypass.by == *user
                    && said.bypass.wish.scope != BypassScope::Everything
            }
            _ => false,
        };
        if right { Ok(()) } else { Err(fault("it is not signed by who confirmed it, or went on alone")) }
    }

    fn within(&self, index: u64, at: UtcMicros, partial: bool) -> Result<(), Fault> {
        let fault = |message: &str| Err(Fault { index, message: message.to_owned() });
        let Some((began_at, ends_at)) = self.story.began_at.zip(self.ends_at) else {
            return if partial { Ok(()) } else { fault("it ran by a bypass that never began") };
        };
        if at < began_at || at >= ends_at {
            return fault("it ran by a bypass outside its time");
        }
        if self.ended.is_some_and(|ended| ended < index) {
            return fault("it ran by a bypass that had been ended");
        }
        Ok(())
    }

    fn used_within(&self, used: &Used, all: &Bypasses, partial: bool) -> Result<(), Fault> {
        let fault = |message: &str| Err(Fault { index: used.index, message: message.to_owned() });
        self.within(used.index, used.at, partial)?;
        let Some(decided) = all.decided.get(&used.action_id) else {
            return if partial {
                Ok(())
            } else {
                fault("it says that something ran, and no decision says what")
            };
        };
        if decided.bypass_id != self.story.id {
            return fault("the decision rested on another bypass");
        }
        let (Some(body), Some(scope)) = (&decided.body, &self.scope) else { return Ok(()) };
        let text = |path: &str| body.pointer(path).and_then(Value::as_str);
        if text("/bypass/would/verdict") != Some("APPROVAL") {
            return fault("a bypass lifts what asks, and nothing else");
        }
        let named = match scope {
            BypassScope::Action(digest) => {
                let print = text("/fingerprint");
                decided.digest == *digest || (print.is_some() && print == self.fingerprint.as_deref())
            }
            other => other.covers(&decided.digest, text("/action/agent"), text("/action/repo")),
        };
        if named { Ok(()) } else { fault("it ran outside the scope of its bypass") }
    }
}

/// Who signed a statement, and what it says; `None`: the device's entry is not here. The device is one that was enrolled
/// before and not revoked by then, and what raises a right is signed with its step-up key.
fn signed(
    said: &Said,
    devices: &BTreeMap<String, Enrolled>,
    revoked: &BTreeMap<String, u64>,
    partial: bool,
) -> Result<Option<(String, Act)>, Fault> {
    let fault = |message: &str| Fault { index: said.index, message: message.to_owned() };
    let Some(signed) = said.bypass.signed.get(said.nth) else {
        return Err(fault("it holds no signed statement"));
    };
    if signed.device_id != said.device_id {
        return Err(fault("it was signed by another device than the entry says"));
    }
    let Some(device) = devices.get(&signed.device_id).filter(|device| device.index < said.index) else {
        return match partial {
            true => Ok(None),
            false => Err(fault("it was signed by a device that was never enrolled")),
        };
    };
    if revoked.get(&signed.device_id).is_some_and(|at| *at < said.index) {
        return Err(fault("it was signed by a device that had been revoked"));
    }
    let keys: Vec<&str> = device.keys.iter().map(String::as_str).collect();
    let statement = signed.opened(&keys).ok_or_else(|| fault("its statement does not verify"))?;
    let step_up = device.step_up.as_deref().and_then(crate::evidence::key_id_of_hex);
    if statement.act.needs_step_up() && step_up.is_none_or(|id| id != statement.key_id) {
        return Err(fault("its statement was not signed with the step-up key"));
    }
    Ok(Some((device.user.clone(), statement.act)))
}
