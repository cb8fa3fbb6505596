//! `devices` and `tokens`: who and what has access, and taking it away.

use std::process::ExitCode;

use navi_client::ClientError;
use navi_protocol::people::{DeviceView, TokenView};

use crate::cli::{DevicesArgs, DevicesCommand, TokensArgs, TokensCommand};
use crate::config::Config;
use crate::exit;
use crate::text::{at, one_line, visible};

/// Lists devices, or revokes one.
pub async fn devices(args: DevicesArgs) -> ExitCode {
    let done = async {
        let client = Config::load()?.client()?;
        match &args.command {
            Some(DevicesCommand::Revoke { id }) => Ok(vec![client.revoke_device(id).await?]),
            None => client.devices().await,
        }
    };
    let of = |device: &DeviceView| args.user.as_ref().is_none_or(|user| device.user == *user);
    let devices = done.await.map(|found| found.into_iter().filter(of).collect::<Vec<DeviceView>>());
    show(devices, args.json, "There is no device.", |device| {
        let state = match (device.revoked_at, device.confirmed_at) {
            (Some(when), _) => format!("revoked {}", at(when)),
            (None, None) => "not confirmed".to_owned(),
            (None, Some(_)) => format!("enrolled {}", at(device.enrolled_at)),
        };
        format!(
            "{}  {}  {}  {} up to {}  {state}",
            device.id,
            visible(&device.user),
            visible(&device.name),
            device.class,
            device.ceiling
        )
    })
}

/// Lists tokens, or revokes one.
pub async fn tokens(args: TokensArgs) -> ExitCode {
    let done = async {
        let client = Config::load()?.client()?;
        match &args.command {
            Some(TokensCommand::Revoke { id }) => Ok(vec![client.revoke_token(id).await?]),
            None => client.tokens().await,
        }
    };
    show(done.await, args.json, "There is no token.", |token: &TokenView| {
        let state =
            token.revoked_at.map_or_else(|| "good".to_owned(), |when| format!("revoked {}", at(when)));
        let agent = token.agent.as_deref().map(|agent| format!("  agent {}", visible(agent)));
        format!(
            "{}  {}  {}{}  made {}  {state}",
            token.id,
            visible(&token.user),
            token.role,
            agent.unwrap_or_default(),
            at(token.created_at)
        )
    })
}

/// Prints a list, a line each, or says why there is none.
pub fn show<T: serde::Serialize>(
    found: Result<Vec<T>, ClientError>,
    json: bool,
    nothing: &str,
    line: impl Fn(&T) -> String,
) -> ExitCode {
    let items = match found {
        Ok(items) => items,
        Err(error) => {
            eprintln!("navi-gate: {}", one_line(&error));
            return exit::REFUSED.into();
        }
    };
    if json {
        println!("{}", serde_json::to_value(&items).unwrap_or_default());
    } else if items.is_empty() {
        println!("{nothing}");
    } else {
        items.iter().for_each(|item| println!("{}", line(item)));
    }
    exit::DONE.into()
}
