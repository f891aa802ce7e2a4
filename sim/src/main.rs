//! `sim`: runs the simulated worlds and says what the auditor saw.

fn main() {}
