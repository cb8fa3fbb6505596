//! Judges of the ledger that share no code with it: Python packages, and a program built with the Go toolchain that one
//! of them is. All of it lies in `target/judges` and is made again when its sources change.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::stage::{command, output, run as run_command};
use crate::{places, python};

/// Installs and builds what is missing.
pub fn install() -> Result<()> {
    let (sources, folder) = (places::root().join("tests/judges"), places::target().join("judges"));
    let mut wanted = Sha256::new();
    for name in ["requirements.txt", "go/main.go"] {
        let path = sources.join(name);
        wanted.update(fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?);
    }
    let wanted = hex::encode(wanted.finalize());
    let stamp = folder.join("made-from-sha256");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) && folder.join("go-judge").is_file() {
        println!("setup: the ledger's judges are installed");
        return Ok(());
    }
    println!("setup: installing the ledger's judges");
    fs::create_dir_all(&folder)?;
    // The two witnesses' packages ask for a newer Python than Debian's; they run on this one.
    let requirements = sources.join("requirements.txt");
    python::environment(&folder.join("python"), &requirements, &["--ignore-requires-python"])?;
    go_judge(&sources, &folder)?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Builds with the copy of `golang.org/x/mod` that comes with the toolchain, so that nothing is downloaded.
fn go_judge(sources: &Path, folder: &Path) -> Result<()> {
    let go = folder.join("python/bin/go");
    let root = output(&mut command(&go, &["env", "GOROOT"]))?;
    let module = folder.join("go");
    let vendored = module.join("vendor/golang.org/x/mod/sumdb");
    let _ = fs::remove_dir_all(&module);
    for package in ["note", "tlog"] {
        let from = Path::new(root.trim()).join("src/cmd/vendor/golang.org/x/mod/sumdb").join(package);
        let to = vendored.join(package);
        fs::create_dir_all(&to)?;
        for file in fs::read_dir(&from).with_context(|| format!("cannot read {}", from.display()))? {
            let file = file?;
            fs::copy(file.path(), to.join(file.file_name()))?;
        }
    }
    let (packages, version) = ("golang.org/x/mod/sumdb/note\ngolang.org/x/mod/sumdb/tlog\n", "v0.40.0");
    fs::write(
        module.join("go.mod"),
        format!("module judge\n\ngo 1.25\n\nrequire golang.org/x/mod {version}\n"),
    )?;
    let listed = format!("# golang.org/x/mod {version}\n## explicit; go 1.25\n{packages}");
    fs::write(module.join("vendor/modules.txt"), listed)?;
    fs::copy(sources.join("go/main.go"), module.join("main.go"))?;
    let mut build = command(&go, &["build", "-mod=vendor", "-o"]);
    build.arg(folder.join("go-judge")).arg(".").current_dir(&module);
    build.env("GOPROXY", "off").env("GOFLAGS", "-buildvcs=false").env("GOTOOLCHAIN", "local");
    build.env("GOCACHE", folder.join("go-cache")).env("GOPATH", folder.join("go-path"));
    run_command(&mut build)
}
