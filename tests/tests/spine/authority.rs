//! Identity comes from the credential, and an agent's credential can ask, redeem and report, and nothing else.

use anyhow::{Context as _, Result};
use navi_tests::device::Device;
use navi_tests::server::{ORG, Server};
use reqwest::Method;
use serde_json::json;

use crate::{ask, server_that_asks};

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_can_neither_decide_nor_look_around() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let id = ask(&agent, "make test").await?;
    let shown = bob.api.approval(&id).await?;

    let vote = bob.vote(&shown, "approve", "")?;
    agent.post(&format!("/approvals/{id}"), &vote).await?.expect_problem(403, "forbidden")?;
    let policy = json!({ "level": "full" });
    agent.put("/policy/alice", &policy).await?.expect_problem(403, "forbidden")?;
    let token = json!({ "user": "alice", "role": "admin" });
    agent.post("/tokens", &token).await?.expect_problem(403, "forbidden")?;
    let invite = json!({ "user": "alice", "role": "approver" });
    agent.post("/invites", &invite).await?.expect_problem(403, "forbidden")?;
    agent
        .send(Method::DELETE, &format!("/devices/{}", bob.id), None, &[])
        .await?
        .expect_problem(403, "forbidden")?;
    let ledger = format!("/ledger/{ORG}");
    for path in [
        "/policy/alice".to_owned(),
        "/policy/defaults".to_owned(),
        "/audit".to_owned(),
        "/devices".to_owned(),
        "/invites".to_owned(),
        "/tokens".to_owned(),
        format!("{ledger}/checkpoint"),
        format!("{ledger}/entries?from=0"),
        format!("{ledger}/bundle"),
    ] {
        let answer = agent.get(&path).await?;
        assert_eq!(
            (answer.status, answer.body["code"].as_str()),
            (403, Some("forbidden")),
            "{path}: {answer:?}"
        );
    }
    assert_eq!(bob.api.approval(&id).await?["status"], "pending");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_credential_there_is_only_health() -> Result<()> {
    let server = Server::start().await?;
    for token in [None, Some("nvt_guessed".to_owned())] {
        let nobody = server.api_with(token)?;
        nobody.get("/approvals").await?.expect_problem(401, "unauthenticated")?;
        let body = json!({ "action_type": "file_read", "context": {} });
        nobody.post("/evaluate", &body).await?.expect_problem(401, "unauthenticated")?;
    }
    for path in ["healthz", "readyz"] {
        let answer = reqwest::Client::new().get(format!("{}/{path}", server.url)).send().await?;
        assert_eq!(answer.status().as_u16(), 200, "{path}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_agent_does_not_see_what_another_persons_agent_asked() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let id = ask(&agent, "make test").await?;
    let stranger = server.api("mallory", "agent", Some("coder")).await?;
    stranger.get(&format!("/approvals/{id}")).await?.expect_problem(404, "not_found")?;
    assert!(stranger.pending().await?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_cannot_use_the_browsers_cookie() -> Result<()> {
    let server = Server::start().await?;
    let link = server.web_link("bob", "approver").await?;
    let code = link.split("code=").nth(1).context("no code in the link")?;
    let request = navi_tests::device::enrollment(code, "web")?;
    let http = reqwest::Client::new();
    let api = format!("{}/api/governance", server.url);
    let answer = http.post(format!("{api}/devices")).json(&request).send().await?;
    let cookie = answer.headers().get("set-cookie").context("no cookie")?.to_str()?.to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let body: serde_json::Value = answer.json().await?;
    assert_eq!(body["token"], "", "the page's script never sees the token: {body}");

    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    let post = async |origin: Option<&str>| -> Result<u16> {
        let body = json!({ "action_type": "file_read", "context": {} });
        let mut request = http.post(format!("{api}/evaluate")).header("cookie", &cookie).json(&body);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        Ok(request.send().await?.status().as_u16())
    };
    assert_eq!(post(Some("http://evil.example")).await?, 403);
    assert_eq!(post(None).await?, 403);
    assert_eq!(post(Some(&server.url)).await?, 200);

    let stream = async |origin: &str| -> Result<u16> {
        let request = http
            .get(format!("{api}/stream"))
            .header("cookie", &cookie)
            .header("origin", origin)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==");
        Ok(request.send().await?.status().as_u16())
    };
    assert_eq!(stream("http://evil.example").await?, 403);
    assert_eq!(stream(&server.url).await?, 101);
    Ok(())
}
