//! Following the window over the network: hashes of all leaves, entries of the window. Runs beside the stream, in
//! small batches; whatever fails here is told in the log and tried again.

use std::time::Duration;

use navi_client::ClientError;
use navi_ledger::checkpoint::Checkpoint;
use navi_ledger::tile::{Tile, WIDTH};

use super::{Sync, SyncError};
use crate::identity::Identity;
use crate::state::Integrity;
use crate::window::{ALWAYS, Progress, Window};

/// Entries asked for at once, and kept in one transaction.
const PAGE: u64 = 250;
/// Tiles kept in one transaction.
const TILES: usize = 16;
/// After a failure.
const AGAIN: Duration = Duration::from_secs(10);
/// The window slides with time, also when nothing else happens.
const SLIDE: Duration = Duration::from_secs(3600);
const SLIDE_MICROS: i64 = 3600 * navi_domain::SECOND;

impl Sync {
    /// Follows the window for as long as it is polled.
    pub(super) async fn follow_window(&self) -> SyncError {
        let mut state = self.replica.watch();
        let mut filled = None;
        loop {
            let size = match &state.borrow_and_update().integrity {
                Integrity::Consistent { size, .. } => Some(*size),
                Integrity::Unknown | Integrity::Broken { .. } => None,
            };
            let mut pause = SLIDE;
            if size.is_some() && filled != size {
                match self.fill_window().await {
                    Ok(()) => filled = size,
                    // Not everybody may read the record: whoever may not is not asked about it every few seconds.
                    Err(SyncError::Client(ClientError::Refused(problem))) if problem.status == 403 => {
                        tracing::info!(?problem.detail, "nothing of the record is kept here");
                        filled = size;
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the window of the record could not be brought up to date");
                        pause = AGAIN;
                    }
                }
            }
            let grown = async {
                while state.changed().await.is_ok() {
                    let found = state.borrow_and_update().integrity.clone();
                    if matches!(found, Integrity::Consistent { size, .. } if filled != Some(size))
                        && pause == SLIDE
                    {
                        return;
                    }
                }
            };
            tokio::select! {
                () = grown => {}
                () = self.replica.shared.window_changed.notified() => filled = None,
                () = tokio::time::sleep(pause) => filled = None,
            }
        }
    }

    async fn fill_window(&self) -> Result<(), SyncError> {
        let Some(identity) = self.replica.identity()? else { return Ok(()) };
        let Some(note) = self.replica.checkpoint()? else { return Ok(()) };
        let size = Checkpoint::from_trusted_note(&note)
            .map_err(|_| SyncError::Protocol("the remembered checkpoint is unreadable"))?
            .size;
        self.fetch_hashes(&identity, &note, size).await?;
        let window = self.replica.window()?;
        let mut progress = self.place(&identity, &window, size).await?;
        self.replica.drop_older(window.since(self.replica.server_now()))?;
        while let Some((first, end)) = progress.todo.first().copied() {
            let upto = end.min(first + PAGE);
            let fetched = match self.replica.holds_all(first, upto)? {
                true => Vec::new(),
                false => self.page(&identity, first, upto).await?,
            };
            if let Some(range) = progress.todo.first_mut() {
                range.0 = upto;
            }
            progress.todo.retain(|(first, end)| first < end);
            self.replica.keep_range(&window, (first, upto), &fetched, &progress)?;
            // The stream and the outbox come first.
            tokio::task::yield_now().await;
        }
        if !progress.below && progress.from > 0 {
            self.fetch_kept_always(&identity, &progress).await?;
        }
        progress.below = true;
        self.replica.set_progress(&progress)?;
        self.replica.changed(|_| {});
        Ok(())
    }

    /// Brings the leaf hashes up to a checkpoint.
    async fn fetch_hashes(&self, identity: &Identity, note: &str, size: u64) -> Result<(), SyncError> {
        let mut tiles = Vec::new();
        let mut index = self.replica.hashes()? / WIDTH;
        while let Some(tile) = Tile::in_tree(0, index, size) {
            let hashes = self.client.tile(&identity.org, &tile.path()).await?;
            if hashes.len() != usize::from(tile.width) {
                return Err(SyncError::Protocol("a tile of another width"));
            }
            tiles.push((index, hashes));
            index += 1;
            if tiles.len() == TILES {
                self.replica.keep_tiles(&tiles, None)?;
                tiles.clear();
            }
        }
        self.replica.keep_tiles(&tiles, Some(note))?;
        Ok(())
    }

    /// Where the window begins now, and what is left to look at.
    async fn place(&self, identity: &Identity, window: &Window, size: u64) -> Result<Progress, SyncError> {
        let before = self.replica.progress()?;
        let time = self.replica.server_now();
        let fresh = (0..SLIDE_MICROS).contains(&(time - before.placed_at));
        let (from, placed_at) = match before.window.as_ref() == Some(window) && fresh {
            true => (before.from, before.placed_at),
            false => (self.first_since(identity, window, size).await?, time),
        };
        let mut now = before.clone();
        if before.window.as_ref().is_none_or(|w| w.repos != window.repos) {
            now = Progress { from, next: size, todo: vec![(from, size)], ..before.clone() };
            // What is always kept was looked for below the old beginning only.
            now.below = before.below && from <= before.from;
        } else {
            if from < before.from {
                now.todo.push((from, before.from));
            }
            now.todo.push((before.next.max(from), size));
            now.from = from;
            now.next = size.max(before.next);
        }
        now.window = Some(window.clone());
        now.placed_at = placed_at;
        for range in &mut now.todo {
            range.0 = range.0.max(from);
        }
        now.todo.retain(|(first, end)| first < end);
        now.todo.sort_unstable();
        self.replica.set_progress(&now)?;
        Ok(now)
    }

    /// The first index of the window: instants never go back, so it is found by halving.
    async fn first_since(&self, identity: &Identity, window: &Window, size: u64) -> Result<u64, SyncError> {
        let since = window.since(self.replica.server_now());
        let (mut low, mut high) = (0, size);
        if window.days.is_none() {
            return Ok(0);
        }
        while low < high {
            let middle = low + (high - low) / 2;
            let entry = self.client.entries(&identity.org, middle, 1).await?.items.into_iter().next();
            let entry = entry.ok_or(SyncError::Protocol("an entry of the checkpoint is missing"))?;
            if entry.at < since {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    async fn page(
        &self,
        identity: &Identity,
        first: u64,
        end: u64,
    ) -> Result<Vec<navi_protocol::audit::AuditEntry>, SyncError> {
        let wanted = usize::try_from(end - first).unwrap_or(usize::MAX);
        let page = self.client.entries(&identity.org, first, wanted).await?.items;
        let fits = page.len() == wanted && (first..end).zip(&page).all(|(index, e)| e.index == index);
        if fits { Ok(page) } else { Err(SyncError::Protocol("entries of the checkpoint are missing")) }
    }

    /// Keys and erasures from before the window.
    async fn fetch_kept_always(&self, identity: &Identity, progress: &Progress) -> Result<(), SyncError> {
        let before = progress.from.saturating_sub(1);
        let Some(edge) = self.page(identity, before, progress.from).await?.into_iter().next() else {
            return Ok(());
        };
        let kinds = ALWAYS.join(",");
        let mut cursor: Option<String> = None;
        loop {
            let page = self.client.audit(&kinds, edge.at, cursor.as_deref()).await?;
            self.replica.keep_range(&Window::default(), (0, 0), &page.items, progress)?;
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }
}
