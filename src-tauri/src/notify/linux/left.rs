//! What a run leaves on the screen: closed when the program ends, found by the next run if it could not.

use std::time::Duration;

use navi_replica::OnScreen;
use zbus::Connection;
use zbus::fdo::DBusProxy;

use super::{NAME, PATH};

/// The program ends also when the desktop does not answer.
const AT_MOST: Duration = Duration::from_secs(1);

/// The bus's own id, and what of `left` the same service on the same bus still knows.
pub(super) async fn still_known(
    connection: &Connection,
    left: Vec<OnScreen>,
) -> zbus::Result<(String, Vec<OnScreen>)> {
    let dbus = DBusProxy::new(connection).await?;
    let bus = dbus.get_id().await?.to_string();
    let owner =
        dbus.get_name_owner(NAME.try_into()?).await.map(|owner| owner.to_string()).unwrap_or_default();
    let known = left.into_iter().filter(|one| one.bus == bus && one.owner == owner).collect();
    Ok((bus, known))
}

/// Takes everything off the screen, because its buttons are dead from now on.
pub(crate) async fn take_down(left: Vec<OnScreen>) {
    let closing = async {
        let connection = Connection::session().await?;
        for one in still_known(&connection, left).await?.1 {
            connection.call_method(Some(NAME), PATH, Some(NAME), "CloseNotification", &(one.id)).await?;
        }
        Ok::<(), zbus::Error>(())
    };
    match tokio::time::timeout(AT_MOST, closing).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "notifications were left on the screen"),
        Err(_) => tracing::debug!("the desktop did not answer; notifications were left on the screen"),
    }
}
