//! `wattsum`: private smart metering on the command line.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    wattsum_program::main()
}
