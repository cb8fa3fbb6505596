//! The stop switch: an agent, a repository or everything is paused. Deadlines stand still while it lasts.

use serde::{Deserialize, Serialize};

use crate::UtcMicros;
use crate::words::{Said, phrases};

/// What is paused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "scope", content = "name")]
pub enum FreezeScope {
    /// The whole organisation.
    Everything,
    /// One repository.
    Repo(String),
    /// One agent, by name.
    Agent(String),
}

impl FreezeScope {
    /// Whether an action of this agent in this repository is paused by it.
    #[must_use]
    pub fn covers(&self, agent: Option<&str>, repo: Option<&str>) -> bool {
        match self {
            Self::Everything => true,
            Self::Repo(name) => repo == Some(name),
            Self::Agent(name) => agent == Some(name),
        }
    }

    /// In words.
    #[must_use]
    pub fn describe(&self) -> String {
        self.said().english().to_owned()
    }

    /// The same as a sentence that other languages have.
    #[must_use]
    pub fn said(&self) -> Said {
        match self {
            Self::Everything => phrases::REACHES_EVERYTHING.plain(),
            Self::Repo(name) => phrases::REACHES_REPO.with([("name", name.into())]),
            Self::Agent(name) => phrases::REACHES_AGENT.with([("name", name.into())]),
        }
    }
}

/// One pause that somebody ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    /// Id (UUID v7).
    pub id: String,
    /// What is paused.
    #[serde(flatten)]
    pub scope: FreezeScope,
    /// Why, in the person's words.
    pub reason: String,
    /// Who.
    pub by: String,
    /// Since when.
    pub at: UtcMicros,
    /// When it was lifted. Kept until every deadline runs again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<UtcMicros>,
}

impl Freeze {
    /// The reason of a blocked decision.
    #[must_use]
    pub fn why(&self) -> Said {
        let (by, reason) = (("by", (&self.by).into()), ("reason", (&self.reason).into()));
        match &self.scope {
            FreezeScope::Everything => phrases::STOPPED_EVERYTHING.with([by, reason]),
            FreezeScope::Repo(name) => phrases::STOPPED_REPO.with([by, ("name", name.into()), reason]),
            FreezeScope::Agent(name) => phrases::STOPPED_AGENT.with([by, ("name", name.into()), reason]),
        }
    }
}

/// Most pauses at once.
pub const MOST: usize = 100;

/// All pauses in force, one row; and those whose deadlines do not all run again yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freezes {
    /// Oldest first.
    pub freezes: Vec<Freeze>,
    /// Row version; 0: there was never one.
    pub version: u64,
}

impl Freezes {
    /// Those in force.
    pub fn live(&self) -> impl Iterator<Item = &Freeze> {
        self.freezes.iter().filter(|freeze| freeze.ended_at.is_none())
    }

    /// Those that were lifted and whose deadlines must still be set going.
    pub fn thawing(&self) -> impl Iterator<Item = &Freeze> {
        self.freezes.iter().filter(|freeze| freeze.ended_at.is_some())
    }

    /// The first one in force that covers an action of this agent in this repository.
    #[must_use]
    pub fn covering(&self, agent: Option<&str>, repo: Option<&str>) -> Option<&Freeze> {
        self.live().find(|freeze| freeze.scope.covers(agent, repo))
    }

    /// With one more; `None` when there are too many.
    #[must_use]
    pub fn with(&self, freeze: Freeze) -> Option<Self> {
        let mut next = self.clone();
        next.freezes.push(freeze);
        (next.freezes.len() <= MOST).then_some(next)
    }

    /// With one lifted; `None` when it is not in force.
    #[must_use]
    pub fn ended(&self, id: &str, now: UtcMicros) -> Option<Self> {
        let mut next = self.clone();
        let freeze = next.freezes.iter_mut().find(|f| f.id == id && f.ended_at.is_none())?;
        freeze.ended_at = Some(now.max(freeze.at));
        Some(next)
    }

    /// Without those that were lifted: every deadline runs again.
    #[must_use]
    pub fn settled(&self, ids: &[String]) -> Self {
        let mut next = self.clone();
        next.freezes.retain(|freeze| freeze.ended_at.is_none() || !ids.contains(&freeze.id));
        next
    }
}

/// Somebody asked that a running command stops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopRequest {
    /// The pause it rests on.
    pub freeze_id: String,
    /// When it was asked.
    pub requested_at: UtcMicros,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn freeze(id: &str, scope: FreezeScope) -> Freeze {
        Freeze { id: id.into(), scope, reason: "odd".into(), by: "ana".into(), at: 10, ended_at: None }
    }

    #[test]
    fn a_pause_covers_what_it_names_until_it_is_lifted() {
        let all = Freezes::default()
            .with(freeze("a", FreezeScope::Agent("nova".into())))
            .and_then(|f| f.with(freeze("r", FreezeScope::Repo("shop".into()))))
            .unwrap();
        let covering = |agent, repo| all.covering(agent, repo).map(|f| f.id.as_str());
        assert_eq!(covering(Some("nova"), None), Some("a"));
        assert_eq!(covering(None, Some("shop")), Some("r"));
        assert_eq!(covering(Some("nov"), Some("shop2")), None);
        assert_eq!(covering(None, None), None);
        let lifted = all.ended("a", 20).unwrap();
        assert_eq!(lifted.covering(Some("nova"), None), None);
        assert_eq!(lifted.ended("a", 30), None);
        assert_eq!(lifted.thawing().count(), 1);
        assert_eq!(lifted.settled(&["a".into(), "r".into()]).freezes.len(), 1);
        let everything = lifted.with(freeze("e", FreezeScope::Everything)).unwrap();
        assert!(everything.covering(None, None).is_some());
    }

    #[test]
    fn the_row_reads_back() {
        let all = Freezes::default().with(freeze("e", FreezeScope::Everything)).unwrap();
        let text = serde_json::to_string(&all).unwrap();
        assert!(text.contains("\"scope\":\"everything\""), "{text}");
        assert_eq!(serde_json::from_str::<Freezes>(&text).unwrap(), all);
    }
}
