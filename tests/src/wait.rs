//! Waiting on conditions. Nothing here sleeps for a fixed time and hopes.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Long enough for a busy two-core machine.
pub const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(40);

/// Asks `probe` again and again until it gives a value.
///
/// # Errors
/// After [`PATIENCE`], saying what was waited for.
pub async fn until<T>(what: &str, probe: impl AsyncFnMut() -> Option<T>) -> Result<T> {
    until_for(what, PATIENCE, probe).await
}

/// As [`until`], with its own patience.
///
/// # Errors
/// After `patience`, saying what was waited for.
pub async fn until_for<T>(
    what: &str,
    patience: Duration,
    mut probe: impl AsyncFnMut() -> Option<T>,
) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(value) = probe().await {
            return Ok(value);
        }
        if start.elapsed() > patience {
            bail!("waited {} s in vain: {what}", patience.as_secs());
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Holds while `holds` says so for all of `length`: for "nothing happens" claims, together with a positive sign that the
/// thing that must not happen has had its chance.
///
/// # Errors
/// As soon as it does not hold.
pub async fn stays(what: &str, length: Duration, mut holds: impl AsyncFnMut() -> bool) -> Result<()> {
    let start = Instant::now();
    while start.elapsed() < length {
        if !holds().await {
            bail!("did not stay so: {what}");
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}
