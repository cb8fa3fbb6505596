//! The console's binary.

fn main() -> std::process::ExitCode {
    navi_console::main()
}
