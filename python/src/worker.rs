//! The engines between sidecars and the ledger, as Python has them.

use std::{path::Path, sync::OnceLock, time::Duration};

use onepurse::worker::{self, Found, Lines, Settings};
use onepurse_replica::wrap::Place;
use pyo3::{exceptions::PyValueError, prelude::*};

use crate::sidecar::{NotASidecar, failed, place, wrong};

/// One log a process: what any worker has to say stands in it.
static LINES: OnceLock<Lines> = OnceLock::new();

/// (sidecar, platform, assets)
type FoundRow = (String, String, Vec<String>);

/// Keeps a sidecar and the ledger in step on threads of its own, until it is stopped.
#[pyclass(module = "onepurse._onepurse")]
pub(crate) struct Worker(worker::Worker);

#[pymethods]
impl Worker {
    /// A ledger that cannot be reached is tried again for as long as it takes.
    #[new]
    fn new(
        py: Python<'_>,
        sidecar: &str,
        platform: &str,
        assets: Vec<String>,
        ledger: String,
        language: String,
    ) -> PyResult<Self> {
        LINES.get_or_init(worker::listen);
        let assets = assets.iter().map(|asset| asset.parse()).collect::<Result<_, _>>().map_err(wrong)?;
        let found = Found { place: place(sidecar)?, platform: platform.parse().map_err(wrong)?, assets };
        let settings = Settings { sidecars: vec![found], ledger, language };
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

/// The names of several sidecars in one text, one by one.
#[pyfunction]
pub(crate) fn each_named(text: &str) -> Vec<&str> {
    worker::each_named(text).collect()
}

/// The sidecars of one name.
#[pyfunction]
pub(crate) fn named(py: Python<'_>, text: &str) -> PyResult<Vec<FoundRow>> {
    match py.detach(|| worker::named(text)) {
        Ok(found) => Ok(rows(found, worker::split_name(text).1)),
        Err(worker::FindError::Sidecar(error)) => Err(failed(error)),
        Err(error) => Err(NotASidecar::new_err(error.to_string())),
    }
}

/// Whose sidecar is at a place, as a configuration or the sidecar itself says.
#[pyfunction]
pub(crate) fn whose(py: Python<'_>, sidecar: &str, config: &str) -> Option<String> {
    py.detach(|| worker::whose(sidecar, Path::new(config))).map(|platform| platform.to_string())
}

/// All sidecars below a folder, and in the ledger's database.
#[pyfunction]
pub(crate) fn all_there(py: Python<'_>, folder: &str, ledger: &str) -> Vec<FoundRow> {
    rows(py.detach(|| worker::all_there(Path::new(folder), ledger)), ledger)
}

/// As they are named again; what is in a database, by its `url`.
fn rows(found: Vec<Found>, url: &str) -> Vec<FoundRow> {
    let row = |Found { place, platform, assets }: Found| {
        let sidecar = match place {
            Place::File(path) => path.display().to_string(),
            Place::Schema(_) => url.to_owned(),
        };
        (sidecar, platform.to_string(), assets.iter().map(ToString::to_string).collect())
    };
    found.into_iter().map(row).collect()
}
