//! The Python extension of onepurse: the sidecar of a wrapped bot, and the worker between it and the ledger. What wraps a
//! bot's objects is Python, in the package beside this crate.

mod sidecar;
mod worker;

use pyo3::prelude::*;

/// `onepurse._onepurse`.
#[pymodule]
#[pyo3(name = "_onepurse")]
mod extension {
    #[pymodule_export]
    use crate::sidecar::{MassChange, NotASidecar, Sidecar, SidecarError};
    #[pymodule_export]
    use crate::worker::{Worker, all_there, each_named, named, whose};
}
