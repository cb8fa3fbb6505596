//! What a command's own words say that it touches: databases, clusters, containers, units, machines, remotes.
//!
//! One table entry a program; what a program is configured to reach (a context, a profile, a file) is not in its words, and
//! is not guessed.

use serde_json::Value;

use super::{Address, How, Touched, What};
use crate::commands::operands;
use crate::shell::Invocation;

type Found = Vec<(What, String, How)>;

/// What one command touches.
pub(super) fn touched(invocation: &Invocation, from: &str) -> Vec<Touched> {
    let words: Vec<&str> = invocation.words.iter().map(|w| w.text.as_str()).collect();
    let named = operands(&invocation.program, &words);
    let cli = Cli { words: &words, named: &named };
    let found = match invocation.program.as_str() {
        "kubectl" | "oc" => cli.cluster(),
        "helm" => cli.releases(),
        "terraform" | "tofu" | "terragrunt" => cli.infrastructure(),
        "pulumi" => cli.stack(),
        "docker" | "podman" => cli.containers(),
        "docker-compose" => cli.composed(&named),
        "systemctl" | "service" | "rc-service" => cli.units(&invocation.program),
        "aws" | "gcloud" | "az" => cli.cloud(&invocation.program),
        "ssh" => cli.machine(named.first().copied()),
        "scp" | "rsync" | "sftp" => cli.copies(),
        "git" => cli.remote(),
        "redis-cli" => cli.store(&["-h", "-u"], How::Uses, None),
        "mongosh" | "mongo" => cli.store(&["--host"], How::Uses, named.first().copied()),
        "dropdb" => cli.store(&[], How::Deletes, named.first().copied()),
        "createdb" => cli.store(&[], How::Changes, named.first().copied()),
        "pg_dump" | "mysqldump" => cli.store(&["-d", "--dbname"], How::Reads, named.last().copied()),
        "pg_restore" => cli.store(&["-d", "--dbname"], How::Changes, None),
        program if super::sources::is_client(program) => cli.client(program),
        _ => Vec::new(),
    };
    let named = found.into_iter().filter(|(_, name, _)| !name.is_empty());
    named.map(|(what, name, how)| Touched { what, name, how, rows: None, from: from.to_owned() }).collect()
}

struct Cli<'a> {
    words: &'a [&'a str],
    named: &'a [&'a str],
}

impl Cli<'_> {
    /// The value of the first of these options.
    fn value(&self, names: &[&str]) -> Option<&str> {
        self.words.iter().enumerate().find_map(|(at, word)| {
            names.iter().find_map(|name| {
                if word == name {
                    return self.words.get(at + 1).copied();
                }
                let rest = word.strip_prefix(name)?;
                match rest.strip_prefix('=') {
                    Some(value) => Some(value),
                    None => (name.len() == 2 && !name.starts_with("--")).then_some(rest),
                }
            })
        })
    }

    fn has(&self, names: &[&str]) -> bool {
        self.words
            .iter()
            .any(|w| names.contains(w) || w.split_once('=').is_some_and(|(n, _)| names.contains(&n)))
    }

    fn cluster(&self) -> Found {
        let Some((verb, rest)) = self.named.split_first() else { return Vec::new() };
        let how = match *verb {
            "get" | "describe" | "logs" | "top" | "explain" | "diff" | "version" | "api-resources"
            | "config" => How::Reads,
            "delete" | "drain" => How::Deletes,
            "exec" | "port-forward" | "cp" | "attach" | "run" | "debug" => How::Uses,
            _ => How::Changes,
        };
        let how = if self.has(&["--dry-run"]) { How::Reads } else { how };
        let context = self.value(&["--context", "--cluster"]).map_or("the cluster in use", |c| c);
        let place = match self.value(&["-n", "--namespace"]) {
            Some(namespace) => format!("{context}, namespace {namespace}"),
            None => context.to_owned(),
        };
        // `rollout restart deployment/x`
        let rest = if *verb == "rollout" { rest.get(1..).unwrap_or_default() } else { rest };
        let mut found: Found = match rest {
            [] => Vec::new(),
            [one] => vec![(What::Resource, (*one).to_owned(), how)],
            [kind, names @ ..] if !kind.contains('/') => {
                names.iter().map(|name| (What::Resource, format!("{kind}/{name}"), how)).collect()
            }
            names => names.iter().map(|name| (What::Resource, (*name).to_owned(), how)).collect(),
        };
        if let Some(file) = self.value(&["-f", "--filename", "-k", "--kustomize"]) {
            found.push((What::Resource, format!("what {file} names"), how));
        }
        found.push((What::Service, place, how));
        found
    }

    fn releases(&self) -> Found {
        let Some((verb, rest)) = self.named.split_first() else { return Vec::new() };
        let how = match *verb {
            "uninstall" | "delete" => How::Deletes,
            "install" | "upgrade" | "rollback" => How::Changes,
            _ => return Vec::new(),
        };
        let how = if self.has(&["--dry-run"]) { How::Reads } else { how };
        rest.first().map(|name| (What::Resource, format!("release {name}"), how)).into_iter().collect()
    }

    fn infrastructure(&self) -> Found {
        let how = match self.named.first().copied() {
            Some("destroy") => How::Deletes,
            Some("apply") if self.has(&["-destroy", "--destroy"]) => How::Deletes,
            Some("apply" | "import" | "taint" | "untaint") => How::Changes,
            Some("plan" | "show" | "output") => How::Reads,
            _ => return Vec::new(),
        };
        let targets: Found = self
            .words
            .iter()
            .enumerate()
            .filter_map(|(at, w)| match w.trim_start_matches('-') {
                "target" => self.words.get(at + 1).copied(),
                option => option.strip_prefix("target="),
            })
            .map(|target| (What::Resource, target.to_owned(), how))
            .collect();
        if targets.is_empty() {
            vec![(What::Resource, "all that this configuration names".to_owned(), how)]
        } else {
            targets
        }
    }

    fn stack(&self) -> Found {
        let how = match self.named.first().copied() {
            Some("destroy") => How::Deletes,
            Some("up" | "update" | "refresh") => How::Changes,
            Some("preview") => How::Reads,
            _ => return Vec::new(),
        };
        let name = self.value(&["-s", "--stack"]).unwrap_or("the stack in use");
        vec![(What::Resource, format!("stack {name}"), how)]
    }

    fn containers(&self) -> Found {
        let (place, verb, rest) = match self.named {
            ["compose", rest @ ..] => return self.composed(rest),
            [place @ ("container" | "volume" | "image" | "network"), verb, rest @ ..] => {
                (*place, *verb, rest)
            }
            [verb @ ("rmi" | "pull"), rest @ ..] => ("image", *verb, rest),
            [verb, rest @ ..] => ("container", *verb, rest),
            [] => return Vec::new(),
        };
        let how = match verb {
            "rm" | "rmi" | "kill" | "remove" | "prune" => How::Deletes,
            "stop" | "restart" | "start" | "pause" | "unpause" | "update" | "rename" | "create" => {
                How::Changes
            }
            "exec" | "cp" | "attach" => How::Uses,
            "logs" | "inspect" | "top" | "stats" | "port" => How::Reads,
            _ => return Vec::new(),
        };
        let what = match place {
            "volume" => What::DataStore,
            "container" => What::Machine,
            _ => What::Resource,
        };
        if verb == "prune" {
            return vec![(what, format!("every unused {place}"), how)];
        }
        let one = matches!(verb, "exec" | "attach");
        let names = rest.iter().take(if one { 1 } else { usize::MAX });
        names.map(|name| (what, format!("{place} {name}"), how)).collect()
    }

    fn composed(&self, named: &[&str]) -> Found {
        let Some((verb, rest)) = named.split_first() else { return Vec::new() };
        let how = match *verb {
            "down" | "rm" | "kill" => How::Deletes,
            "up" | "restart" | "stop" | "start" | "run" => How::Changes,
            _ => return Vec::new(),
        };
        let mut found: Found = rest.iter().map(|name| (What::Service, (*name).to_owned(), how)).collect();
        if found.is_empty() {
            found.push((What::Service, "every service of this composition".to_owned(), how));
        }
        if *verb == "down" && self.has(&["-v", "--volumes"]) {
            found.push((What::DataStore, "its volumes".to_owned(), How::Deletes));
        }
        found
    }

    fn units(&self, program: &str) -> Found {
        let (verb, units) = match (program, self.named) {
            ("systemctl", [verb, units @ ..]) => (*verb, units.to_vec()),
            (_, [unit, verb, ..]) => (*verb, vec![*unit]),
            _ => return Vec::new(),
        };
        let how = match verb {
            "status" | "show" | "cat" | "is-active" | "is-enabled" | "list-units" => How::Reads,
            _ => How::Changes,
        };
        units.iter().map(|unit| (What::Service, (*unit).to_owned(), how)).collect()
    }

    fn cloud(&self, program: &str) -> Found {
        let [service, rest @ ..] = self.named else { return Vec::new() };
        let verb = rest.iter().find(|w| !w.contains("://")).copied().unwrap_or("");
        let begins = |with: &[&str]| {
            rest.iter().any(|w| with.iter().any(|b| w == b || w.starts_with(&format!("{b}-"))))
        };
        let how = if begins(&["delete", "terminate", "rm", "rb", "remove", "purge", "destroy"]) {
            How::Deletes
        } else if begins(&["describe", "list", "get", "show", "ls", "head"]) {
            How::Reads
        } else if verb.is_empty() {
            How::Uses
        } else {
            How::Changes
        };
        let mut found = vec![(What::Service, format!("{program} {service}"), how)];
        let buckets = rest.iter().filter(|w| w.starts_with("s3://") || w.starts_with("gs://"));
        found.extend(buckets.map(|b| (What::DataStore, (*b).to_owned(), how)));
        let names = [
            "--db-instance-identifier",
            "--table-name",
            "--bucket",
            "--function-name",
            "--cluster",
            "--instance-ids",
        ];
        let resource =
            self.value(&names).or_else(|| self.value(&["--name", "-n"]).filter(|_| program == "az"));
        found.extend(resource.map(|name| (What::Resource, name.to_owned(), how)));
        found
    }

    fn machine(&self, place: Option<&str>) -> Found {
        // Options of ssh take values, so that its first operand is the place only without them.
        let mut words = self.words.iter();
        let mut place = place.filter(|_| !self.words.iter().any(|w| w.starts_with('-')));
        while let (None, Some(word)) = (place, words.next()) {
            match word.strip_prefix('-') {
                Some(letters) => {
                    let takes = letters.len() == 1 && "bcDEeFIiJLlmOopQRSWw".contains(letters);
                    takes.then(|| words.next());
                }
                None => place = Some(word),
            }
        }
        place.map(|place| (What::Machine, place.to_owned(), How::Uses)).into_iter().collect()
    }

    fn copies(&self) -> Found {
        let last = self.named.len().saturating_sub(1);
        let far = self.named.iter().enumerate().filter(|(_, w)| {
            w.split_once(':').is_some_and(|(host, _)| host.len() > 1 && !host.contains('/'))
        });
        let how = |at| if at == last { How::Changes } else { How::Reads };
        far.map(|(at, w)| (What::Machine, w.split(':').next().unwrap_or(w).to_owned(), how(at))).collect()
    }

    fn remote(&self) -> Found {
        let (verb, rest) = match self.named {
            [verb @ ("push" | "pull" | "fetch" | "clone"), rest @ ..] => (*verb, rest),
            _ => return Vec::new(),
        };
        let how = match verb {
            "push" if self.has(&["--delete", "-d", "--mirror", "--prune"]) => How::Deletes,
            "push" => How::Changes,
            _ => How::Reads,
        };
        let how = if self.has(&["--dry-run", "-n"]) { How::Reads } else { how };
        let place = rest.first().copied().unwrap_or("the remote of this branch");
        vec![(What::Repository, place.to_owned(), how)]
    }

    fn store(&self, options: &[&str], how: How, operand: Option<&str>) -> Found {
        let name = self.value(options).or(operand).map(database);
        name.map(|name| (What::DataStore, name, how)).into_iter().collect()
    }

    /// What a client of SQL names; what it does there the statements say.
    fn client(&self, program: &str) -> Found {
        let file = matches!(program, "sqlite3" | "sqlite" | "duckdb");
        let mut found = Vec::new();
        let name = if file {
            let taken = |at: usize| {
                at.checked_sub(1).and_then(|i| self.words.get(i)).is_some_and(|w| super::sources::takes(w))
            };
            let mut words = self.words.iter().enumerate();
            words.find(|(at, w)| !w.starts_with('-') && !taken(*at)).map(|(_, w)| *w)
        } else {
            let mysql = matches!(program, "mysql" | "mariadb");
            let option =
                self.value(if mysql { &["-D", "--database"] } else { &["-d", "--dbname", "--database"] });
            let address = self.words.iter().find(|w| w.contains("://")).copied();
            option.or(address)
        };
        found.extend(name.map(|name| (What::DataStore, database(name), How::Uses)));
        if !file && let Some(host) = self.value(&["-h", "--host"]) {
            found.push((What::Service, host.to_owned(), How::Uses));
        }
        found
    }
}

/// The name of a database, of an address without its login.
fn database(name: &str) -> String {
    if !name.contains("://") {
        return name.to_owned();
    }
    let address = Address::read(name);
    match (&address.scheme, &address.host) {
        (Some(scheme), Some(host)) => format!("{scheme}://{host}{}", address.path),
        _ => name.to_owned(),
    }
}

/// Resources that a plan of Terraform in a tool's arguments changes.
pub(super) fn of_plan(args: &Value, before: &str) -> Vec<Touched> {
    let changes = args.get("resource_changes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let read = |change: &Value| {
        let actions = change.pointer("/change/actions")?.as_array()?;
        let does = |name: &str| actions.iter().any(|a| a.as_str() == Some(name));
        let how = if does("delete") {
            How::Deletes
        } else if actions.iter().all(|a| matches!(a.as_str(), Some("no-op" | "read"))) {
            return None;
        } else {
            How::Changes
        };
        let name = change.get("address")?.as_str()?.to_owned();
        let from = format!("{before}argument resource_changes");
        Some(Touched { what: What::Resource, name, how, rows: None, from })
    };
    changes.iter().filter_map(read).collect()
}
