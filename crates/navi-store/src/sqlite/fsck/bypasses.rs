//! The bypasses that matter: what was signed for each verifies with the keys that the devices' own entries name.

use navi_domain::bypass::{Bypass, Standing};
use rusqlite::{Connection, OptionalExtension};

use super::log::Read;
use super::{Checked, Finding, Sql};

const ROW: &str = "bypasses/org";

/// Every statement of the row. That the row is the one that entries wrote is compared with all other rows.
pub(super) fn check(conn: &Connection, read: &Read, checked: &mut Checked) -> Sql<()> {
    let body: Option<String> =
        conn.query_row("SELECT body FROM main.bypasses WHERE id = 'org'", [], |row| row.get(0)).optional()?;
    let Some(body) = body else { return Ok(()) };
    let Ok(standing) = serde_json::from_str::<Standing>(&body) else {
        checked.found(Finding::new("bypass", format!("{ROW} cannot be read")).row(ROW.to_owned()));
        return Ok(());
    };
    for bypass in &standing.bypasses {
        if let Some(wrong) = wrong(bypass, read) {
            let message = format!("bypass {}: {wrong}", bypass.id);
            checked.found(Finding::new("bypass", message).row(ROW.to_owned()));
        }
    }
    Ok(())
}

fn wrong(bypass: &Bypass, read: &Read) -> Option<String> {
    // One that an envelope opened holds no statement of this server's.
    if bypass.signed.is_empty() && bypass.envelope.is_none() {
        return Some("nobody signed for it".to_owned());
    }
    bypass.signed.iter().find_map(|signed| {
        let device = &signed.device_id;
        let Some(keys) = read.device_keys.get(device) else {
            return Some(format!("no entry records the enrolment of device {device}"));
        };
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        signed
            .opened(&keys)
            .is_none()
            .then(|| format!("a statement is not signed by a key of device {device}"))
    })
}
