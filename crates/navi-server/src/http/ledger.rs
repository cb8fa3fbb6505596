//! `/ledger/{org}`: the checkpoint, proofs, entries and the one-file bundle.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use navi_ledger::tile::{self, Leaves, Tile};
use navi_protocol::Page;
use navi_protocol::audit::{AuditEntry, ProofView};
use navi_protocol::problem::{Code, Problem};
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Params, page_size};
use crate::auth::Caller;
use crate::usecase::export;
use crate::view::audit as view;
use crate::{App, Refusal, proofs};

/// Where the ledger stands, as a stream cursor: `EPOCH:SEQ` of the last entry, `EPOCH:` before the first.
///
/// # Errors
/// The store's refusal.
pub async fn as_of(app: &App) -> Result<String, Refusal> {
    let head = app.store.head().await?;
    Ok(match head.size.checked_sub(1) {
        Some(last) => format!("{}:{last}", head.epoch),
        None => format!("{}:", head.epoch),
    })
}

/// Refuses another organisation than the one kept here.
pub(super) fn own_org(app: &App, org: &str) -> Result<(), Refusal> {
    if app.store.org() == org { Ok(()) } else { Err(Refusal::not_found("organisation", org)) }
}

/// How new.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CheckpointQuery {
    /// Sign the head even if the last note is younger than a second.
    #[serde(default)]
    fresh: bool,
    /// The newest note that at least this many witnesses cosigned: 1 to 9.
    cosigned: Option<u8>,
    /// The note that was signed at exactly this size.
    at: Option<u64>,
}

/// The newest signed note (C2SP tlog-checkpoint), with the lines of the witnesses that cosigned it.
#[utoipa::path(get, path = "/api/governance/ledger/{org}/checkpoint", operation_id = "read_checkpoint", tag = "ledger",
    params(("org" = String, Path), CheckpointQuery),
    responses((status = 200, body = String, content_type = "text/plain"), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_checkpoint(
    State(app): State<App>,
    caller: Caller,
    Path(org): Path<String>,
    Params(query): Params<CheckpointQuery>,
) -> Result<String, Refusal> {
    caller.may("read_checkpoint")?;
    own_org(&app, &org)?;
    if let Some(size) = query.at {
        let kept = app.store.note_at(size).await?;
        let note = kept.ok_or_else(|| Refusal::not_found("checkpoint of size", &size.to_string()))?;
        return export::cosigned(&app, size, &note).await;
    }
    let (size, note) = match query.cosigned {
        None | Some(0) => app.notary.newest(app.store.as_ref(), query.fresh).await?,
        Some(least) => app.store.newest_cosigned(least).await?.ok_or_else(|| {
            Refusal::new(Code::NotFound, format!("No checkpoint has {least} cosignatures yet."))
        })?,
    };
    export::cosigned(&app, size, &note).await
}

/// Which entry, in which tree.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InclusionQuery {
    /// Index of the entry, from 0.
    index: u64,
    /// Size of the tree.
    size: u64,
}

/// Prove that an entry is in the tree (RFC 6962 §2.1.1).
#[utoipa::path(get, path = "/api/governance/ledger/{org}/proof/inclusion", operation_id = "prove_inclusion", tag = "ledger",
    params(("org" = String, Path), InclusionQuery),
    responses((status = 200, body = ProofView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn prove_inclusion(
    State(app): State<App>,
    caller: Caller,
    Path(org): Path<String>,
    Params(query): Params<InclusionQuery>,
) -> Result<Json<ProofView>, Refusal> {
    caller.may("prove_inclusion")?;
    own_org(&app, &org)?;
    Ok(shown(&proofs::inclusion(app.store.as_ref(), query.index, query.size).await?))
}

/// From which tree to which.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ConsistencyQuery {
    /// Size of the earlier tree.
    old: u64,
    /// Size of the later tree.
    new: u64,
    /// Of this ledger, which was closed when a new origin began, rather than of the one in use.
    origin: Option<String>,
}

/// Prove that a later tree extends an earlier one (RFC 6962 §2.1.2).
#[utoipa::path(get, path = "/api/governance/ledger/{org}/proof/consistency", operation_id = "prove_consistency", tag = "ledger",
    params(("org" = String, Path), ConsistencyQuery),
    responses((status = 200, body = ProofView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn prove_consistency(
    State(app): State<App>,
    caller: Caller,
    Path(org): Path<String>,
    Params(query): Params<ConsistencyQuery>,
) -> Result<Json<ProofView>, Refusal> {
    caller.may("prove_consistency")?;
    own_org(&app, &org)?;
    let store = app.store.as_ref();
    Ok(shown(&match &query.origin {
        Some(origin) if store.head().await?.origin != *origin => {
            proofs::consistency_of_closed(store, origin, query.old, query.new).await?
        }
        _ => proofs::consistency(store, query.old, query.new).await?,
    }))
}

fn shown(hashes: &[[u8; 32]]) -> Json<ProofView> {
    Json(ProofView {
        hashes: hashes.iter().map(hex::encode).collect(),
        checkpoint: None,
        more: Default::default(),
    })
}

/// A tile of the log, or a bundle of its leaves (C2SP tlog-tiles): `0/x001/067`, `1/000.p/12`, `entries/000`. What is
/// full never changes; what is partial is only good for trees of its size.
#[utoipa::path(get, path = "/api/governance/ledger/{org}/tile/{path}", operation_id = "read_tile", tag = "ledger",
    params(("org" = String, Path), ("path" = String, Path, description = "As C2SP tlog-tiles spells it; may hold slashes.")),
    responses((status = 200, body = String, content_type = "application/octet-stream"), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_tile(
    State(app): State<App>,
    caller: Caller,
    Path((org, path)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    caller.may("read_tile")?;
    own_org(&app, &org)?;
    let size = app.store.head().await?.size;
    let beyond = || Refusal::not_found("tile", &path);
    let named = |e: tile::NotATile| Refusal::new(Code::Invalid, format!("{e}."));
    let (bytes, full) = match path.strip_prefix("entries/") {
        Some(rest) => {
            let leaves = Leaves::parse(rest).map_err(named)?;
            let kept = Tile::in_tree(0, leaves.index, size).filter(|t| t.width >= leaves.width);
            kept.ok_or_else(beyond)?;
            let entries = app.store.entries(leaves.index * tile::WIDTH, usize::from(leaves.width)).await?;
            let bytes = Leaves::encode(entries.iter().map(|e| e.leaf.as_slice())).ok_or_else(beyond)?;
            (bytes, u64::from(leaves.width) == tile::WIDTH)
        }
        None => {
            let wanted = Tile::parse(&path).map_err(named)?;
            let kept = Tile::in_tree(wanted.level, wanted.index, size);
            kept.filter(|kept| kept.width >= wanted.width).ok_or_else(beyond)?;
            (app.store.tile(wanted).await?.concat(), wanted.is_full())
        }
    };
    let age = if full { "private, max-age=31536000, immutable" } else { "private, max-age=60" };
    let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, age)];
    Ok((headers, Body::from(bytes)).into_response())
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EntriesQuery {
    /// First index.
    from: u64,
    /// 1 to 500.
    limit: Option<usize>,
}

/// Entries by index, oldest first.
#[utoipa::path(get, path = "/api/governance/ledger/{org}/entries", operation_id = "list_entries", tag = "ledger",
    params(("org" = String, Path), EntriesQuery),
    responses((status = 200, body = Page<AuditEntry>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list_entries(
    State(app): State<App>,
    caller: Caller,
    Path(org): Path<String>,
    Params(query): Params<EntriesQuery>,
) -> Result<Json<Page<AuditEntry>>, Refusal> {
    caller.may("list_entries")?;
    own_org(&app, &org)?;
    let as_of = as_of(&app).await?;
    let entries = app.store.entries(query.from, page_size(query.limit)).await?;
    let items = entries.iter().map(view::build).collect::<Result<Vec<_>, _>>()?;
    let next_cursor = items.last().map(|e: &AuditEntry| (e.index + 1).to_string());
    Ok(Json(Page { items, next_cursor, as_of, server_time: app.store.now() }))
}

/// How.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BundleQuery {
    /// zstd in frames of 256 entries.
    #[serde(default)]
    compress: bool,
}

/// The whole ledger in one file that anybody can verify offline. The export itself is recorded first.
#[utoipa::path(get, path = "/api/governance/ledger/{org}/bundle", operation_id = "export_bundle", tag = "ledger",
    params(("org" = String, Path), BundleQuery),
    responses((status = 200, body = String, content_type = "application/octet-stream"), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn export_bundle(
    State(app): State<App>,
    caller: Caller,
    Path(org): Path<String>,
    Params(query): Params<BundleQuery>,
) -> Result<Response, Refusal> {
    caller.may("export_bundle")?;
    own_org(&app, &org)?;
    let pieces = export::bundle(&app, &caller, query.compress).await?;
    Ok(download(pieces, "application/octet-stream", "navi-ledger.bundle"))
}

/// A file that is sent piece by piece.
pub(super) fn download(pieces: export::Pieces, content_type: &'static str, name: &str) -> Response {
    let pieces = futures_util::stream::unfold(pieces, async |mut pieces| {
        pieces.recv().await.map(|piece| (piece, pieces))
    });
    let headers = [
        (header::CONTENT_TYPE, content_type.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, Body::from_stream(pieces)).into_response()
}
