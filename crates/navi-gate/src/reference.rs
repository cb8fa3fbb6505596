//! The command reference in Markdown, for the documentation.

use std::process::ExitCode;

use clap::CommandFactory as _;

/// Prints the reference.
pub fn print() -> ExitCode {
    let mut root = crate::cli::Cli::command();
    root.build();
    println!("# navi-gate\n\nGenerated from the program by `cargo xtask generate`.\n");
    describe(&root, "navi-gate");
    ExitCode::SUCCESS
}

fn describe(command: &clap::Command, name: &str) {
    let mut command = command.clone().bin_name(name);
    let help = command.render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    println!("## `{name}`\n\n```text\n{}\n```\n", help.join("\n").trim_end());
    for sub in command.get_subcommands().filter(|s| s.get_name() != "help" && !s.is_hide_set()) {
        describe(sub, &format!("{name} {}", sub.get_name()));
    }
}
