//! Whole actions, and what they reach.

use navi_domain::action::{ActionType, TargetState};
use serde_json::json;

use super::*;
use crate::{Catalogue, derive};

fn action(change: impl FnOnce(&mut Action)) -> Action {
    let mut action = Action {
        org: "acme".into(),
        agent: None,
        on_behalf_of: "dana".into(),
        session_id: None,
        action_type: ActionType::parse("command_run"),
        tool: None,
        args: None,
        command: None,
        cwd: None,
        files: Vec::new(),
        diff: None,
        repo: None,
        branch: None,
        environment: None,
        target_state: TargetState::None("not observed".into()),
    };
    change(&mut action);
    action
}

fn of(change: impl FnOnce(&mut Action)) -> Reach {
    let action = action(change);
    let facts = derive(&action, &navi_domain::action::Claims::default(), 0, Catalogue::shipped());
    reach(&action, &facts)
}

fn of_command(command: &str) -> Reach {
    of(|a| a.command = Some(command.into()))
}

/// `how what name rows`, in order.
fn touched(reach: &Reach) -> Vec<String> {
    let line = |t: &Touched| {
        let rows = t.rows.map_or_else(String::new, |r| format!(" {}", r.as_str()));
        format!("{} {} {}{rows}", t.how.as_str(), t.what.as_str(), t.name)
    };
    reach.touched.iter().map(line).collect()
}

fn outside(command: &str) -> Vec<String> {
    let line = |o: &Outside| format!("{} {}", o.kind.as_str(), o.to.join(",")).trim_end().to_owned();
    of_command(command).outside.iter().map(line).collect()
}

#[test]
fn commands_tell_what_they_touch() {
    for (command, expected) in [
        (
            "psql -h db.example -d shop -c 'DELETE FROM users'",
            vec!["uses data_store shop", "uses service db.example", "deletes table users all"],
        ),
        (
            "psql postgres://me:pw@db.example/shop -c 'SELECT 1 FROM a'",
            vec!["uses data_store postgres://db.example/shop", "reads table a"],
        ),
        ("sqlite3 shop.db 'DROP TABLE users'", vec!["uses data_store shop.db", "deletes table users all"]),
        ("mysql -e 'UPDATE a SET b = 1 WHERE c = 2' shop", vec!["changes table a picked"]),
        (
            "kubectl --context prod -n shop delete deployment web",
            vec!["deletes resource deployment/web", "deletes service prod, namespace shop"],
        ),
        (
            "kubectl apply --dry-run=server -f k.yaml",
            vec!["reads resource what k.yaml names", "reads service the cluster in use"],
        ),
        (
            "kubectl rollout restart deployment/web",
            vec!["changes resource deployment/web", "changes service the cluster in use"],
        ),
        ("terraform apply -target=aws_s3_bucket.a", vec!["changes resource aws_s3_bucket.a"]),
        ("terraform destroy", vec!["deletes resource all that this configuration names"]),
        ("docker volume rm data", vec!["deletes data_store volume data"]),
        (
            "docker compose down -v",
            vec!["deletes service every service of this composition", "deletes data_store its volumes"],
        ),
        ("systemctl restart nginx", vec!["changes service nginx"]),
        ("aws s3 rm s3://a/b --recursive", vec!["deletes service aws s3", "deletes data_store s3://a/b"]),
        ("aws rds describe-db-instances", vec!["reads service aws rds"]),
        ("ssh -p 22 root@web1 uptime", vec!["uses machine root@web1"]),
        ("scp a.txt web1:/tmp/", vec!["changes machine web1"]),
        ("git push origin main", vec!["changes repository origin"]),
        ("curl -X DELETE https://api.example.com/users/1", vec!["deletes service api.example.com"]),
        ("dropdb shop", vec!["deletes data_store shop"]),
        ("ls -la", vec![]),
    ] {
        assert_eq!(touched(&of_command(command)), expected, "{command}");
    }
}

#[test]
fn the_worst_of_a_thing_is_told_once() {
    let found =
        of_command("psql -c 'SELECT * FROM a; DELETE FROM a WHERE x = 1; DELETE FROM a; SELECT * FROM a'");
    assert_eq!(touched(&found), ["deletes table a all"]);
    assert_eq!(found.sql.len(), 4);
}

#[test]
fn what_cannot_be_called_back_is_told() {
    for (command, expected) in [
        ("mail -s hi bob@example.com", vec!["mail bob@example.com"]),
        ("echo hi | sendmail a@example.com b@example.com", vec!["mail a@example.com,b@example.com"]),
        ("npm publish", vec!["publication"]),
        ("git push --force origin main", vec!["shared_history"]),
        ("aws ses send-email --to bob@example.com", vec!["mail bob@example.com"]),
        ("twilio api:core:messages:create --to +15551234567", vec!["message +15551234567"]),
        ("curl -d a=1 https://api.stripe.com/v1/refunds", vec!["payment api.stripe.com"]),
        ("curl -d a=1 https://api.sendgrid.com/v3/mail/send", vec!["mail api.sendgrid.com"]),
        ("curl smtp://mail.example --mail-rcpt a@b.example -T m", vec!["mail mail.example"]),
        ("curl -d a=1 https://hooks.slack.com/services/x", vec!["message hooks.slack.com"]),
    ] {
        assert_eq!(outside(command), expected, "{command}");
    }
    for quiet in [
        "curl https://api.stripe.com/v1/refunds",
        "curl -d a=1 https://api.stripe.com.evil.example/",
        "curl -d a=1 http://localhost:3000/mail",
        "npm publish --dry-run",
        "git push origin feature",
        "man mail",
        "mail --help",
    ] {
        assert_eq!(outside(quiet), Vec::<String>::new(), "{quiet}");
    }
    let sends = of(|a| {
        a.action_type = ActionType::parse("mcp_tool");
        a.tool = Some("send_email".into());
    });
    assert_eq!(sends.outside[0].kind, OutsideKind::Mail);
}

#[test]
fn sql_is_found_wherever_it_stands() {
    let raw = |reach: &Reach| reach.sql.iter().map(|s| format!("{}: {}", s.from, s.raw)).collect::<Vec<_>>();
    let args = of(|a| {
        a.args = Some(
            json!({"sql": "DROP TABLE a", "query": "how to drop", "nested": {"query": "SELECT 1 FROM b"}}),
        )
    });
    assert_eq!(raw(&args), ["argument query: SELECT 1 FROM b", "argument sql: DROP TABLE a"]);
    let listed = of(|a| {
        a.args = Some(
            json!({"command": ["psql", "-c", "DROP TABLE a"], "script": "curl -X POST https://a.example"}),
        )
    });
    assert_eq!(listed.sql[0].raw, "DROP TABLE a");
    assert_eq!(listed.http[0].method.as_deref(), Some("POST"));
    let diff = "--- /dev/null\n+++ b/migrations/1.sql\n@@ -0,0 +1,2 @@\n+CREATE TABLE a (id int);\n+DROP TABLE b;\n--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n+DROP TABLE c;\n";
    let found = of(|a| a.diff = Some(diff.into()));
    assert_eq!(
        raw(&found),
        ["file migrations/1.sql: CREATE TABLE a (id int)", "file migrations/1.sql: DROP TABLE b"]
    );
    for (command, expected) in [
        ("psql -f m.sql", vec!["m.sql"]),
        ("psql < m.sql", vec!["m.sql"]),
        ("cat m.sql | psql", vec!["-"]),
        ("psql <<'E'\nSELECT 1;\nE\n", vec!["SELECT 1"]),
        ("psql -cVACUUM", vec!["VACUUM"]),
        ("psql --command='SELECT 1'", vec!["SELECT 1"]),
        ("sqlite3 a.db .dump", vec![".dump"]),
        ("sqlite3 -separator , a.db 'SELECT 1'", vec!["SELECT 1"]),
        ("sh -c \"psql -c 'SELECT 2'\"", vec!["SELECT 2"]),
        ("psql -h 'my host' shop", vec![]),
    ] {
        let found: Vec<String> = of_command(command).sql.into_iter().map(|s| s.raw).collect();
        assert_eq!(found, expected, "{command}");
    }
}

#[test]
fn a_plans_steps_are_read_with_their_names() {
    let plan = json!({"name": "p", "budget": {"runs": 2, "minutes": 5}, "steps": [
        {"id": "one", "action_type": "command_run", "command": "psql -c 'DELETE FROM a'", "cwd": "/", "timeout_secs": 5},
    ]});
    let found = of(|a| {
        a.action_type = ActionType::parse("plan");
        a.args = Some(plan);
    });
    assert!(found.sql[0].from.starts_with("step one: command: psql"), "{:?}", found.sql);
    assert_eq!(touched(&found), ["deletes table a all"]);
}

#[test]
fn a_terraform_plan_names_its_resources() {
    let change =
        |name: &str, actions: &[&str]| json!({"address": name, "type": "x", "change": {"actions": actions}});
    let args = json!({"resource_changes": [change("a.b", &["delete", "create"]), change("a.c", &["update"]), change("a.d", &["no-op"])]});
    assert_eq!(touched(&of(|a| a.args = Some(args))), ["deletes resource a.b", "changes resource a.c"]);
}

#[test]
fn lists_are_bounded_and_the_rest_is_counted() {
    let many: String = (0..130).map(|n| format!("DROP TABLE t{n};")).collect();
    let found = of_command(&format!("psql -c '{many}'"));
    assert_eq!((found.sql.len(), found.touched.len(), found.left_out), (LISTED, LISTED, 60));
}
