//! The `dinhdanh` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    dinhdanh::cli::main()
}
