//! `audit export`, `convert`, `report` and `verify`.

pub mod convert;
mod envelopes;
mod handover;
pub mod verify;
mod witnesses;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::cli::ExportArgs;
use crate::config::Config;
use crate::exit;

/// Writes the bundle. The file appears only when it is complete.
pub async fn export(args: ExportArgs) -> ExitCode {
    if let Some(format) = args.format {
        return match converted(&args, format.into()).await {
            Ok(entries) => {
                println!("{entries} entries written to {}", args.out.display());
                exit::DONE.into()
            }
            Err(error) => {
                eprintln!("navi-gate: nothing was exported: {error:#}");
                exit::REFUSED.into()
            }
        };
    }
    match exported(&args).await {
        Ok((bytes, vkey)) => {
            println!("{} bytes written to {}", bytes, args.out.display());
            println!("verify with: navi-gate audit verify {} --vkey '{vkey}'", args.out.display());
            println!("(the key above comes from the server; pin the one that `navi-server init` printed)");
            exit::DONE.into()
        }
        Err(error) => {
            eprintln!("navi-gate: nothing was exported: {error:#}");
            exit::REFUSED.into()
        }
    }
}

/// Lines are made here from the bundle, which is verified first.
async fn converted(args: &ExportArgs, format: navi_domain::reading::format::Format) -> anyhow::Result<u64> {
    let folder = tempfile::tempdir()?;
    let bundle = ExportArgs { out: folder.path().join("bundle"), plain: false, format: None };
    let (_, vkey) = exported(&bundle).await?;
    Ok(convert::lines(&bundle.out, Some(&vkey), format, &args.out)?.size)
}

async fn exported(args: &ExportArgs) -> anyhow::Result<(u64, String)> {
    let client = Config::load()?.client()?;
    let session = client.session().await?;
    let mut answer = client.bundle(&session.org, !args.plain).await?;
    let temporary = args.out.with_extension("part");
    let written = async {
        let mut file =
            std::fs::File::create(&temporary).with_context(|| format!("{}", temporary.display()))?;
        let mut bytes = 0;
        while let Some(chunk) = answer.chunk().await.context("the export broke off")? {
            file.write_all(&chunk)?;
            bytes += chunk.len() as u64;
        }
        file.sync_all()?;
        std::fs::rename(&temporary, &args.out).with_context(|| format!("{}", args.out.display()))?;
        Ok(bytes)
    };
    match written.await {
        Ok(bytes) => Ok((bytes, session.ledger_vkey)),
        Err(error) => {
            let _ = std::fs::remove_file(&temporary);
            Err(error)
        }
    }
}
