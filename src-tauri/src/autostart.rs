//! Starting with the person's session: one file where the desktop looks for it (XDG autostart). No other system's way.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The file that stands for "starts with the session"; each data folder has its own. `None` where there is no such way.
pub(crate) fn file(folder: &Path) -> Option<PathBuf> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let given = |name: &str| std::env::var_os(name).filter(|value: &OsString| !value.is_empty());
    let config = given("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| given("HOME").map(|home| Path::new(&home).join(".config")))?;
    let name = format!("navi-console-{}.desktop", crate::console::realm(folder));
    Some(config.join("autostart").join(name))
}

/// Writes or removes the file.
///
/// # Errors
/// When the folder cannot be written or the running program has no path.
pub(crate) fn set(file: &Path, folder: &Path, enabled: bool) -> std::io::Result<()> {
    if !enabled {
        return match std::fs::remove_file(file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    }
    let text = entry(&std::env::current_exe()?, folder)?;
    // A half-written entry would start something else.
    crate::whole_file::replace(file, text.as_bytes())
}

fn entry(program: &Path, folder: &Path) -> std::io::Result<String> {
    let (program, folder) = (quoted(program)?, quoted(folder)?);
    Ok(format!(
        "[Desktop Entry]\nType=Application\nName=Navi Governance\nExec={program} --data-dir {folder}\n\
         Icon=navi-console\nTerminal=false\nX-GNOME-Autostart-enabled=true\n"
    ))
}

/// An argument as the Desktop Entry Specification quotes it: inside the string escape, the argument escape.
fn quoted(path: &Path) -> std::io::Result<String> {
    let text = path.to_str().filter(|text| !text.chars().any(char::is_control));
    let text = text.ok_or_else(|| std::io::Error::other("the path cannot stand in a desktop entry"))?;
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '`' | '$' => out.push_str(&format!("\\\\{c}")),
            '\\' => out.push_str("\\\\\\\\"),
            '%' => out.push_str("%%"),
            _ => out.push(c),
        }
    }
    out.push('"');
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_path_stays_one_argument() {
        let said = entry(Path::new("/opt/a b/navi"), Path::new("/h/\"$x`\\%")).unwrap();
        assert!(said.contains(r#"Exec="/opt/a b/navi" --data-dir "/h/\\"\\$x\\`\\\\%%""#), "{said}");
        assert!(quoted(Path::new("/a\nExec=evil")).is_err());
    }

    #[test]
    fn it_is_written_and_taken_away_again() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("autostart/navi.desktop");
        set(&file, Path::new("/data"), false).unwrap();
        set(&file, Path::new("/data"), true).unwrap();
        assert!(std::fs::read_to_string(&file).unwrap().contains("--data-dir \"/data\""));
        set(&file, Path::new("/data"), false).unwrap();
        assert!(!file.exists());
    }
}
