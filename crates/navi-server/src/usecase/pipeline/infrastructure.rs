//! A run of Terraform as an action: what its plan changes, and a digest of the whole plan.

use navi_domain::action::TargetState;
use navi_domain::pipeline::{PipelineAnswer, PipelineCheck};
use navi_protocol::evaluate::Context;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::step::{Meaning, no};
use crate::App;
use crate::pipelines::Unheard;
use crate::pipelines::terraform::Task;

/// More changes than these cannot be shown whole, and what cannot be shown whole cannot be approved.
const MOST_CHANGES: usize = 1_000;

/// The part of `terraform show -json` that says what changes.
#[derive(Deserialize)]
struct Plan {
    format_version: String,
    #[serde(default)]
    resource_changes: Vec<ResourceChange>,
}

#[derive(Deserialize)]
struct ResourceChange {
    address: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    deposed: Option<String>,
    change: Change,
}

#[derive(Deserialize)]
struct Change {
    actions: Vec<String>,
}

impl ResourceChange {
    fn has_effect(&self) -> bool {
        self.change.actions.iter().any(|action| !matches!(action.as_str(), "no-op" | "read"))
    }

    /// As Terraform words it, without the values: they may be secrets.
    fn shown(&self) -> Value {
        let mut shown =
            json!({"address": self.address, "type": self.kind, "change": {"actions": self.change.actions}});
        if let (Some(deposed), Some(fields)) = (&self.deposed, shown.as_object_mut()) {
            fields.insert("deposed".to_owned(), Value::String(deposed.clone()));
        }
        shown
    }
}

/// What the run does.
///
/// # Errors
/// [`Unheard`] when its plan cannot be read.
pub async fn meaning(app: &App, check: &PipelineCheck) -> Result<Meaning, Unheard> {
    let never = |why: &str| Unheard::Never(why.to_owned());
    let task: Task = serde_json::from_value(check.asked.clone())
        .map_err(|_| never("what was asked cannot be read again"))?;
    let passes = |message: &str| {
        let message = format!("[navi] {message}");
        Ok(Meaning::Word(PipelineAnswer { passed: true, message, execution_id: None }))
    };
    match (task.stage.as_str(), task.is_speculative) {
        (_, true) => return passes("nothing of this plan will be applied, so that nothing was decided"),
        ("post_plan" | "pre_apply", false) => {}
        ("post_apply", false) => return passes("it was applied before this stage, which can hold nothing"),
        ("pre_plan", false) => {
            let words =
                "before the plan nobody knows what it would do: set the run task to the post-plan stage";
            return Ok(Meaning::Word(no(words)));
        }
        _ => return Ok(Meaning::Word(no("the stage of this run task is not known here"))),
    }
    let terraform = app.pipelines.terraform.as_ref();
    let terraform =
        terraform.ok_or_else(|| Unheard::Later("webhooks.terraform is no longer configured".to_owned()))?;
    let path = task.plan_path.as_deref().ok_or_else(|| never("the run task names no plan"))?;
    let bytes = terraform.plan(app, check, path).await?;
    Ok(Meaning::Action("infrastructure_change", Box::new(context(task, &bytes)?)))
}

fn context(task: Task, bytes: &[u8]) -> Result<Context, Unheard> {
    let plan: Plan = serde_json::from_slice(bytes)
        .map_err(|_| Unheard::Never("what lies in the plan's place is no plan".to_owned()))?;
    let changes: Vec<Value> =
        plan.resource_changes.iter().filter(|c| c.has_effect()).map(ResourceChange::shown).collect();
    if changes.len() > MOST_CHANGES {
        let words =
            format!("{} resources change, more than the {MOST_CHANGES} that can be shown", changes.len());
        return Err(Unheard::Never(words));
    }
    let args = json!({
        "organization": task.organization,
        "workspace": task.workspace,
        // Not `run`: a text of that name would be looked at as a command.
        "job_id": task.run_id,
        "phase": task.stage,
        "created_by": task.created_by,
        "commit": task.commit_url,
        "plan_format": plan.format_version,
        "plan_sha256": hex::encode(Sha256::digest(bytes)),
        "resource_changes": changes,
    });
    Ok(Context {
        tool: Some("terraform apply".to_owned()),
        args: Some(args),
        repo: Some(task.repository.unwrap_or_else(|| format!("{}/{}", task.organization, task.workspace))),
        branch: task.branch,
        environment: Some(task.workspace),
        intent: task.message,
        target_state: Some(TargetState::None(
            "the plan was made against the state that Terraform keeps".to_owned(),
        )),
        ..Context::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task() -> Task {
        serde_json::from_value(
            json!({"organization": "acme", "workspace": "shop-production", "run_id": "run-1",
            "stage": "post_plan", "task_result_id": "taskrs-1", "is_speculative": false, "plan_path": "/p",
            "created_by": "jane", "message": "more", "branch": null, "repository": null, "commit_url": null}),
        )
        .unwrap()
    }

    fn change(address: &str, actions: &[&str]) -> Value {
        json!({"address": address, "type": "aws_db_instance", "change": {"actions": actions,
            "before": {"password": "hunter2"}, "after": null}})
    }

    #[test]
    fn the_material_is_what_changes_without_its_values() {
        let plan = json!({"format_version": "1.2", "terraform_version": "1.9", "resource_changes":
            [change("aws_db_instance.main", &["delete"]), change("aws_db_instance.read", &["no-op"])]});
        let found = context(task(), plan.to_string().as_bytes()).unwrap();
        let args = found.args.unwrap();
        let shown = json!([{"address": "aws_db_instance.main", "type": "aws_db_instance", "change": {"actions": ["delete"]}}]);
        assert_eq!(args["resource_changes"], shown);
        assert!(!args.to_string().contains("hunter2"));
        assert_eq!(args["plan_sha256"].as_str().unwrap().len(), 64);
        assert_eq!(found.repo.as_deref(), Some("acme/shop-production"));
    }

    #[test]
    fn what_cannot_be_read_or_shown_whole_is_no_action() {
        let many: Vec<Value> = (0..=MOST_CHANGES).map(|n| change(&format!("a.b{n}"), &["create"])).collect();
        let many = json!({"format_version": "1.2", "resource_changes": many}).to_string();
        for bad in
            ["", "[]", "{}", "<html>", r#"{"format_version":"1.2","resource_changes":[{}]}"#, many.as_str()]
        {
            assert!(
                matches!(context(task(), bad.as_bytes()), Err(Unheard::Never(_))),
                "{}",
                &bad[..bad.len().min(60)]
            );
        }
    }
}
