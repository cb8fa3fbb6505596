//! `evaluate`: ask and tell, run nothing.

use std::io::Read as _;
use std::process::ExitCode;

use navi_client::ClientError;
use navi_protocol::evaluate::{Context, EvaluateRequest, EvaluateResponse};

use crate::cli::EvaluateArgs;
use crate::config::Config;
use crate::exit;
use crate::text::visible;

/// Asks for a decision. Exit 0 for AUTO and APPROVAL (the answer says which), 10 for BLOCKED, 13 without an answer.
pub async fn evaluate(args: EvaluateArgs) -> ExitCode {
    let answer = match ask(&args).await {
        Ok(answer) => answer,
        Err(error) => {
            eprintln!("navi-gate: {}; nothing ran", crate::text::one_line(&error));
            return exit::REFUSED.into();
        }
    };
    if args.json {
        println!("{}", serde_json::to_string(&answer).unwrap_or_default());
    } else {
        println!("{}  risk {:.3} ({})", answer.decision, answer.risk_score, answer.level);
        for factor in &answer.factors {
            let share = f64::from(factor.contribution) / 1000.0;
            println!("  +{share:.3} {} ({})", visible(&factor.reason), visible(&factor.evidence.join("; ")));
        }
        for reason in &answer.reasons {
            println!("  - {}", visible(reason));
        }
        if let Some(id) = &answer.approval_id {
            println!("approval {id}");
        }
    }
    if answer.decision == "BLOCKED" { exit::BLOCKED.into() } else { exit::DONE.into() }
}

async fn ask(args: &EvaluateArgs) -> Result<EvaluateResponse, ClientError> {
    let setup = |what: String| ClientError::Setup(what);
    let mut context: Context = match args.context.as_deref() {
        None => Context::default(),
        Some("-") => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map_err(|e| setup(format!("stdin: {e}")))?;
            serde_json::from_str(&text).map_err(|e| setup(format!("--context: {e}")))?
        }
        Some(text) => serde_json::from_str(text).map_err(|e| setup(format!("--context: {e}")))?,
    };
    let what = &args.what;
    context.target_files.extend(what.file.iter().cloned());
    context.repo = what.repo.clone().or(context.repo);
    context.branch = what.branch.clone().or(context.branch);
    context.environment = what.env.clone().or(context.environment);
    context.session_id = what.session.clone().or(context.session_id);
    context.intent = what.intent.clone().or(context.intent);
    context.command = args.command.clone().or(context.command);
    if let Some(path) = &args.diff {
        let diff =
            std::fs::read_to_string(path).map_err(|e| setup(format!("--diff {}: {e}", path.display())))?;
        context.diff = Some(diff);
    }
    let action_type = what.action_type.clone().unwrap_or_else(|| "command_run".into());
    let request = EvaluateRequest {
        plan: None,
        action_type,
        context,
        start: None,
        request_key: None,
        expires_in_secs: args.expires,
    };
    Config::load()?.client()?.evaluate(&request).await
}
