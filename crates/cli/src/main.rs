//! `onepurse`: see the library beside this, which is the whole of it.

use std::process::ExitCode;

fn main() -> ExitCode {
    onepurse::main()
}
