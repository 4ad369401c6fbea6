//! The binary: hands over to the command line and returns its exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    canbao::cli::main()
}
