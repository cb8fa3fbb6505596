//! Whether a tray host is there: a StatusNotifierWatcher with a host registered. It may come after us, or restart.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::select;
use tokio::sync::watch;
use zbus::message::Type;
use zbus::{Connection, MatchRule, MessageStream};

const NAME: &str = "org.kde.StatusNotifierWatcher";
const PATH: &str = "/StatusNotifierWatcher";
const BUS: &str = "org.freedesktop.DBus";
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// Follows the tray host; the first value is known when this returns. Without a session bus there is none.
pub(crate) async fn follow() -> watch::Receiver<bool> {
    let (present, following) = watch::channel(false);
    let connection = match Connection::session().await {
        Ok(connection) => connection,
        Err(error) => {
            tracing::info!(%error, "no session bus, so there is no tray");
            return following;
        }
    };
    present.send_replace(is_there(&connection).await);
    tokio::spawn(async move {
        if let Err(error) = keep_following(&connection, &present).await {
            tracing::warn!(%error, "the tray host cannot be followed");
        }
    });
    following
}

async fn keep_following(connection: &Connection, present: &watch::Sender<bool>) -> zbus::Result<()> {
    let owner = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(BUS)?
        .interface(BUS)?
        .member("NameOwnerChanged")?
        .arg(0, NAME)?
        .build();
    let host = MatchRule::builder().msg_type(Type::Signal).interface(NAME)?.build();
    let owner = MessageStream::for_match_rule(owner, connection, Some(16)).await?;
    let host = MessageStream::for_match_rule(host, connection, Some(16)).await?;
    let mut changes = select(owner, host);
    // It may have come before the rules were in force.
    present.send_replace(is_there(connection).await);
    while changes.next().await.is_some() {
        let now = is_there(connection).await;
        present.send_if_modified(|was| std::mem::replace(was, now) != now);
    }
    Ok(())
}

async fn is_there(connection: &Connection) -> bool {
    let owned = call(connection, BUS, "/org/freedesktop/DBus", BUS, "NameHasOwner", &(NAME,)).await;
    if !owned.and_then(|m| m.body().deserialize::<bool>().ok()).unwrap_or(false) {
        return false;
    }
    let asked = (NAME, "IsStatusNotifierHostRegistered");
    let answer = call(connection, NAME, PATH, "org.freedesktop.DBus.Properties", "Get", &asked).await;
    let registered = answer.and_then(|m| m.body().deserialize::<zbus::zvariant::OwnedValue>().ok());
    registered.and_then(|v| bool::try_from(v).ok()).unwrap_or(false)
}

async fn call<B>(
    connection: &Connection,
    name: &str,
    path: &str,
    interface: &str,
    method: &str,
    body: &B,
) -> Option<zbus::Message>
where
    B: serde::Serialize + zbus::zvariant::DynamicType,
{
    let call = connection.call_method(Some(name), path, Some(interface), method, body);
    tokio::time::timeout(ANSWER_WITHIN, call).await.ok()?.ok()
}
