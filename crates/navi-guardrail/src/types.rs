//! The entity types of the schema, read once, and the names of entities.

use std::str::FromStr as _;

use cedar_policy::{EntityId, EntityTypeName, EntityUid};
use navi_domain::people::Role;

use crate::problem::GuardrailError;
use crate::set::Question;

/// The entity types of the schema.
pub(crate) struct Types {
    person: EntityTypeName,
    role: EntityTypeName,
    group: EntityTypeName,
    repo: EntityTypeName,
    organisation: EntityTypeName,
    action: EntityTypeName,
}

impl Types {
    pub fn of_schema() -> Result<Self, GuardrailError> {
        let named =
            |name: &str| EntityTypeName::from_str(name).map_err(|e| GuardrailError::whole(e.to_string()));
        Ok(Self {
            person: named("Person")?,
            role: named("Role")?,
            group: named("Group")?,
            repo: named("Repo")?,
            organisation: named("Organisation")?,
            action: named("Action")?,
        })
    }

    pub fn person(&self, id: &str) -> EntityUid {
        EntityUid::from_type_name_and_id(self.person.clone(), EntityId::new(id))
    }

    pub fn role(&self, role: Role) -> EntityUid {
        EntityUid::from_type_name_and_id(self.role.clone(), EntityId::new(role.as_str()))
    }

    pub fn group(&self, name: &str) -> EntityUid {
        EntityUid::from_type_name_and_id(self.group.clone(), EntityId::new(name))
    }

    /// `Repo::""` where an action names none.
    pub fn repo(&self, name: Option<&str>) -> EntityUid {
        EntityUid::from_type_name_and_id(self.repo.clone(), EntityId::new(name.unwrap_or_default()))
    }

    pub fn action(&self, question: Question) -> EntityUid {
        EntityUid::from_type_name_and_id(self.action.clone(), EntityId::new(question.action()))
    }

    pub fn organisation(&self) -> EntityUid {
        EntityUid::from_type_name_and_id(self.organisation.clone(), EntityId::new("self"))
    }
}
