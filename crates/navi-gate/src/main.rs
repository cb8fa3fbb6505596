//! The program `navi-gate`. All of it is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    navi_gate::main()
}
