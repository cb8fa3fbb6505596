//! Writes the shared test vectors: `cargo run -p navi-domain --example vectors > crates/navi-domain/vectors/canonical.json`.
//! Other implementations (the web page's) must build the same bytes.

use ed25519_dalek::{Signer, SigningKey};
use navi_domain::action::{Action, ActionType, FileChange, FileOp, TargetState};
use navi_domain::bypass::{Act, BypassScope, Statement, Wish};
use navi_domain::vote::{Surface, Vote, VoteScope, VoteVerdict};
use navi_domain::{canonical, evidence};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = SigningKey::from_bytes(&[7; 32]);
    let public = key.verifying_key().to_bytes();
    let nonce = [9_u8; 16];
    let votes = [("", VoteVerdict::Approve), ("zu breit: „rm“ \u{202e}", VoteVerdict::Reject)]
        .into_iter()
        .map(|(reason, verdict)| {
            let vote = Vote {
                v: 1,
                origin: "navi-governance/acme/0a1b2c3d".into(),
                org: "acme".into(),
                approval_id: "01930000-0000-7000-8000-000000000001".into(),
                digest: "ab".repeat(32),
                policy_hash: "cd".repeat(32),
                verdict,
                scope: VoteScope::Once,
                reason_commitment: canonical::reason_commitment(&nonce, reason),
                surface: Surface::Web,
                key_id: evidence::key_id(&public),
                device_seq: 42,
                made_at: 1_790_000_000_000_000,
            };
            let bytes = canonical::vote_bytes(&vote)?;
            Ok(serde_json::json!({
                "reason": reason, "reason_nonce": hex::encode(nonce), "vote": vote,
                "bytes_hex": hex::encode(&bytes), "signature_hex": hex::encode(key.sign(&bytes).to_bytes()),
            }))
        })
        .collect::<Result<Vec<_>, canonical::CanonicalError>>()?;
    let action = Action {
        org: "acme".into(),
        agent: Some("nova".into()),
        on_behalf_of: "dana".into(),
        session_id: Some("s1".into()),
        action_type: ActionType::parse("Code-Edit"),
        tool: None,
        args: Some(serde_json::json!({"b": [1, true, null], "a": "é"})),
        command: None,
        cwd: None,
        files: vec![FileChange {
            path: "/app/auth/login.py".into(),
            op: FileOp::Edit,
            before: None,
            after: None,
        }],
        diff: None,
        repo: Some("auth-service".into()),
        branch: Some("main".into()),
        environment: None,
        target_state: TargetState::None("not observed".into()),
    };
    let acts = [
        Act::Ask(Wish {
            scope: BypassScope::Repo("shop".into()),
            incident: "INC-7".into(),
            reason: "Der Laden nimmt seit Mittag keine Bestellung an".into(),
            minutes: 30,
        }),
        Act::Ask(Wish {
            scope: BypassScope::Everything,
            incident: "INC-8".into(),
            reason: "nothing at all goes through any more".into(),
            minutes: 15,
        }),
        Act::Confirm { bypass_id: "b1".into(), ask_sha256: "ef".repeat(32), number: 7 },
        Act::Alone { bypass_id: "b1".into() },
        Act::Review { bypass_id: "b1".into(), finding: "was nötig war".into() },
    ];
    let bypasses = acts
        .into_iter()
        .map(|act| {
            let statement = Statement {
                v: 1,
                origin: "navi-governance/acme/0a1b2c3d".into(),
                org: "acme".into(),
                act,
                key_id: evidence::key_id(&public),
                device_seq: 43,
                made_at: 1_790_000_000_000_000,
            };
            let bytes = statement.bytes()?;
            Ok(serde_json::json!({
                "statement": statement, "bytes_hex": hex::encode(&bytes),
                "signature_hex": hex::encode(key.sign(&bytes).to_bytes()),
            }))
        })
        .collect::<Result<Vec<_>, canonical::CanonicalError>>()?;
    let out = serde_json::json!({
        "public_key_hex": hex::encode(public), "private_seed_hex": hex::encode([7_u8; 32]),
        "key_id": evidence::key_id(&public), "votes": votes, "bypasses": bypasses,
        "action": {"action": action, "salt_hex": hex::encode([3_u8; 16]), "digest": canonical::digest(&action, &[3; 16])?,
            "org_key_hex": hex::encode([5_u8; 32]), "fingerprint": canonical::fingerprint(&action, &[5; 32])?},
    });
    println!("{}", serde_json::to_string_pretty(&out)?);
    Ok(())
}
