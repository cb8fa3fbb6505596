//! Facts from a plan of Terraform or OpenTofu, as `terraform show -json` words it: what it destroys, replaces, forgets and
//! opens up. Only `resource_changes` with their `address`, `type` and `change.actions` are looked at.

use std::collections::BTreeSet;

use navi_domain::fact::{Fact, FactKind, Severity};
use serde_json::Value;

use crate::tokens::tokens;

/// More resources than this is a wide change.
const WIDE: usize = 10;
/// Words in the type of a resource that keeps data.
const KEEPS_DATA: &[&str] = &[
    "alloydb",
    "aurora",
    "backup",
    "bigquery",
    "bigtable",
    "bucket",
    "cassandra",
    "cosmosdb",
    "database",
    "datastore",
    "db",
    "disk",
    "docdb",
    "dynamodb",
    "ebs",
    "ecr",
    "efs",
    "elasticache",
    "elasticsearch",
    "filesystem",
    "filestore",
    "firestore",
    "fsx",
    "kafka",
    "kinesis",
    "kms",
    "lightsail",
    "mariadb",
    "memcached",
    "mongodb",
    "mongodbatlas",
    "mssql",
    "mysql",
    "neptune",
    "opensearch",
    "persistent",
    "postgres",
    "postgresql",
    "rds",
    "redis",
    "redshift",
    "registry",
    "repository",
    "s3",
    "secret",
    "secretsmanager",
    "snapshot",
    "spanner",
    "sql",
    "storage",
    "table",
    "vault",
    "volume",
];
/// Words that make a resource only something beside one that keeps data.
const BESIDE: &[&str] = &[
    "alarm",
    "attachment",
    "group",
    "notification",
    "option",
    "parameter",
    "policy",
    "proxy",
    "route",
    "rule",
    "subnet",
    "subscription",
];
/// Words in the type of a resource that says who may do what, or who reaches what.
const PERMITS: &[&str] =
    &["acl", "firewall", "grant", "iam", "ingress", "permission", "permissions", "policy", "rbac", "role"];

/// Facts of the plan in a tool's arguments; none where there is no plan.
#[must_use]
pub fn facts(args: &Value) -> Vec<Fact> {
    let Some(changes) = args.get("resource_changes").and_then(Value::as_array) else { return Vec::new() };
    let changes: Vec<Change<'_>> = changes.iter().filter_map(Change::read).collect();
    let mut facts: Vec<Fact> = changes.iter().flat_map(Change::facts).collect();
    let changing = changes.iter().filter(|change| change.has_effect()).count();
    if changing > WIDE {
        facts.push(Fact::new(FactKind::WideScope, format!("{changing} resources change")));
    }
    facts
}

struct Change<'a> {
    address: &'a str,
    kind: Vec<String>,
    actions: BTreeSet<&'a str>,
}

impl<'a> Change<'a> {
    fn read(value: &'a Value) -> Option<Self> {
        let actions = value.pointer("/change/actions")?.as_array()?;
        let text = |name| value.get(name).and_then(Value::as_str);
        let address = text("address").unwrap_or("a resource without an address");
        // Without its type the address says what it is: `module.shop.aws_db_instance.main`.
        let kind = tokens(text("type").unwrap_or(address));
        Some(Self { address, kind, actions: actions.iter().filter_map(Value::as_str).collect() })
    }

    fn does(&self, action: &str) -> bool {
        self.actions.contains(action)
    }

    fn has_effect(&self) -> bool {
        self.actions.iter().any(|action| !matches!(*action, "no-op" | "read"))
    }

    fn is_one_of(&self, words: &[&str]) -> bool {
        self.kind.iter().any(|word| words.contains(&word.as_str()))
    }

    fn facts(&self) -> Vec<Fact> {
        let mut facts = Vec::new();
        if self.does("delete") {
            facts.extend(self.destroys());
        }
        if self.does("forget") {
            let fact = self.fact(FactKind::HardToUndo, "forgets", "Leaves a resource to itself");
            facts.push(Fact { severity: Severity::Minor, ..fact });
        }
        if (self.does("create") || self.does("update")) && self.permits() {
            facts.push(self.fact(FactKind::WidensPermission, "changes", "Changes who may do what"));
        }
        if let Some(unknown) = self.actions.iter().find(|a| !KNOWN.contains(*a)) {
            let what = format!("{unknown} of");
            let fact = self.fact(FactKind::UnreadableCommand, &what, "Does what is not known here");
            facts.push(fact);
        }
        facts
    }

    fn destroys(&self) -> Vec<Fact> {
        let (verb, headline) = match self.does("create") {
            true => ("replaces", "Replaces infrastructure"),
            false => ("destroys", "Destroys infrastructure"),
        };
        let mut facts = vec![self.fact(FactKind::HardToUndo, verb, headline)];
        if self.is_one_of(KEEPS_DATA) && !self.is_one_of(BESIDE) {
            let fact = self.fact(FactKind::DestroysData, verb, "Destroys what keeps data");
            facts.push(Fact { severity: Severity::Grave, ..fact });
        }
        facts
    }

    fn permits(&self) -> bool {
        let joined = self.kind.join("_");
        self.is_one_of(PERMITS) || joined.contains("security_group")
    }

    fn fact(&self, kind: FactKind, verb: &str, headline: &str) -> Fact {
        Fact {
            rule: Some("terraform-plan".to_owned()),
            without: Some(format!("without {}", self.address)),
            ..Fact::said(kind, format!("the plan {verb} {}", self.address), headline)
        }
    }
}

/// Actions of a plan.
const KNOWN: &[&str] = &["no-op", "create", "read", "update", "delete", "forget"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(kind: &str, actions: &[&str]) -> Vec<(FactKind, Severity)> {
        let change = json!({"address": format!("{kind}.main"), "type": kind, "change": {"actions": actions}});
        facts(&json!({"resource_changes": [change]})).into_iter().map(|f| (f.kind, f.severity)).collect()
    }

    #[test]
    fn destroying_or_replacing_what_keeps_data_is_grave() {
        let grave = (FactKind::DestroysData, Severity::Grave);
        for kind in
            ["aws_db_instance", "aws_s3_bucket", "google_sql_database_instance", "azurerm_managed_disk"]
        {
            for actions in [["delete"].as_slice(), &["delete", "create"], &["create", "delete"]] {
                assert!(of(kind, actions).contains(&grave), "{kind} {actions:?}");
            }
            assert_eq!(of(kind, &["update"]), [], "{kind}");
            assert_eq!(of(kind, &["no-op"]), [], "{kind}");
        }
        for kind in ["aws_instance", "aws_db_subnet_group", "aws_s3_bucket_notification", "random_pet"] {
            assert_eq!(of(kind, &["delete"]), [(FactKind::HardToUndo, Severity::Serious)], "{kind}");
        }
    }

    #[test]
    fn rights_and_reach_are_told() {
        let told = (FactKind::WidensPermission, Severity::Serious);
        for kind in [
            "aws_iam_role_policy",
            "aws_security_group",
            "google_compute_firewall",
            "aws_security_group_rule",
        ] {
            assert_eq!(of(kind, &["create"]), [told], "{kind}");
        }
        assert_eq!(of("aws_instance", &["create"]), []);
    }

    #[test]
    fn what_is_wide_or_unknown_or_no_plan() {
        let change = |n: usize| json!({"address": format!("random_pet.p{n}"), "type": "random_pet", "change": {"actions": ["create"]}});
        let wide = |n| facts(&json!({"resource_changes": (0..n).map(change).collect::<Vec<_>>()}));
        assert_eq!(wide(10), []);
        assert_eq!(wide(11)[0].kind, FactKind::WideScope);
        assert_eq!(of("aws_instance", &["explode"])[0].0, FactKind::UnreadableCommand);
        assert_eq!(of("aws_instance", &["forget"]), [(FactKind::HardToUndo, Severity::Minor)]);
        for no_plan in
            [json!(null), json!({}), json!({"resource_changes": "x"}), json!({"resource_changes": [1]})]
        {
            assert_eq!(facts(&no_plan), []);
        }
    }

    #[test]
    fn without_a_type_the_address_says_what_it_is() {
        let change =
            json!({"address": "module.shop.aws_db_instance.main", "change": {"actions": ["delete"]}});
        let found = facts(&json!({"resource_changes": [change]}));
        assert!(found.iter().any(|f| f.kind == FactKind::DestroysData), "{found:?}");
    }
}
