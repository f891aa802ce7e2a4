//! The engine between a sidecar and the ledger, as Python has it.

use std::{path::PathBuf, sync::OnceLock, time::Duration};

use onepurse::worker::{self, Lines, Settings};
use pyo3::{exceptions::PyValueError, prelude::*};

/// One log a process: what any worker has to say stands in it.
static LINES: OnceLock<Lines> = OnceLock::new();

/// Keeps a sidecar and the ledger in step on threads of its own, until it is stopped.
#[pyclass(module = "onepurse._onepurse")]
pub(crate) struct Worker(worker::Worker);

#[pymethods]
impl Worker {
    /// A ledger that cannot be reached is tried again for as long as it takes.
    #[new]
    fn new(
        py: Python<'_>,
        sidecar: PathBuf,
        platform: String,
        assets: Vec<String>,
        ledger: String,
        language: String,
    ) -> PyResult<Self> {
        LINES.get_or_init(worker::listen);
        let settings = Settings { sidecar, platform, assets, ledger, language };
        py.detach(|| worker::Worker::start(&settings)).map(Self).map_err(PyValueError::new_err)
    }

    /// What workers of this process have to say: (level, text), those that wait or the next within the time.
    #[staticmethod]
    fn lines(py: Python<'_>, timeout_ms: u64) -> Vec<(String, String)> {
        let lines = LINES.get_or_init(worker::listen);
        let fetched = py.detach(|| lines.fetch(Duration::from_millis(timeout_ms)));
        fetched.into_iter().map(|(level, text)| (level.to_string(), text)).collect()
    }

    /// Whether everything captured is in the ledger, and everything that came in is in the sidecar.
    fn is_in_step(&self) -> bool {
        self.0.is_in_step()
    }

    /// Ends after the step that it is in.
    fn stop(&mut self, py: Python<'_>) {
        py.detach(|| self.0.stop());
    }
}
