//! The command line, also of a second start whose arguments reach the first.

use std::path::{Path, PathBuf};

use clap::Parser;

/// The approver's console: lives in the tray, tells of waiting requests, signs decisions.
#[derive(Clone, Debug, Parser)]
#[command(name = "navi-console", version)]
pub(crate) struct Args {
    /// Folder of the local copy; each folder is a console of its own.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Enrols with this invite link at once, without a window.
    #[arg(long, value_name = "LINK")]
    pub(crate) enroll: Option<String>,
    /// Name of this device for people, with --enroll.
    #[arg(long, default_value = "Console", requires = "enroll")]
    pub(crate) name: String,
    /// File whose first line is the passphrase for the step-up key, with --enroll.
    #[arg(long, value_name = "FILE", requires = "enroll")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Agents run on this machine as the same user, with --enroll.
    #[arg(long, requires = "enroll")]
    pub(crate) shared: bool,
    /// A link that was clicked: `navi://enroll?…` shows the enrolment form, `navi://approvals/ID` a request.
    #[arg(value_name = "LINK")]
    pub(crate) link: Option<String>,
}

impl Args {
    /// The data folder: as asked for, else the user's data folder (`XDG_DATA_HOME`, `APPDATA`).
    ///
    /// # Errors
    /// When neither is known.
    pub(crate) fn folder(&self) -> anyhow::Result<PathBuf> {
        if let Some(dir) = &self.data_dir {
            return Ok(std::path::absolute(dir)?);
        }
        let home = |name: &str, below: &str| {
            std::env::var_os(name).filter(|v| !v.is_empty()).map(|v| Path::new(&v).join(below))
        };
        home("XDG_DATA_HOME", "navi-governance")
            .or_else(|| home("APPDATA", "navi-governance"))
            .or_else(|| home("HOME", ".local/share/navi-governance"))
            .ok_or_else(|| anyhow::anyhow!("no home folder is known; name one with --data-dir"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_alone_or_an_enrolment_with_its_options() {
        let args = Args::try_parse_from(["navi-console", "navi://enroll?url=u&invite=i"]).unwrap();
        assert_eq!(args.link.as_deref(), Some("navi://enroll?url=u&invite=i"));
        let args =
            Args::try_parse_from(["c", "--data-dir", "/d", "--enroll", "L", "--name", "N", "--shared"]);
        let args = args.unwrap();
        assert_eq!((args.name.as_str(), args.shared), ("N", true));
        assert_eq!(args.folder().unwrap(), Path::new("/d"));
        assert!(Args::try_parse_from(["c", "--shared"]).is_err());
    }
}
