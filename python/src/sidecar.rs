//! The sidecar, as Python has it: rows are tuples, balances are whole numbers.

use std::sync::{Mutex, PoisonError};

use onepurse_core::{Amount, AssetName, ExternalId};
use onepurse_replica::{
    Decision,
    wrap::{self, Begun, Did, Due, Place, Shows},
};
use pyo3::{create_exception, exceptions::PyException, exceptions::PyValueError, prelude::*};

create_exception!(
    onepurse,
    SidecarError,
    PyException,
    "The sidecar could not do what was asked; nothing was changed."
);
create_exception!(
    onepurse,
    NotASidecar,
    SidecarError,
    "Something else is where the sidecar should be; or it is another platform's, or of a newer version."
);
create_exception!(
    onepurse,
    MassChange,
    SidecarError,
    "More differs than a bot does outside its own ways: `changed` and `gone`, of so many."
);

/// (asset, id, value)
type ShowsRow = (String, String, i64);
/// (asset, id, now, delta)
type DidRow = (String, String, i64, i64);
/// (asset, id, from, to)
type DueRow = (String, String, i64, i64);

/// What onepurse knows of a bot's store. Threads wait for each other without holding the interpreter.
#[pyclass(module = "onepurse._onepurse")]
pub(crate) struct Sidecar(Mutex<wrap::Sidecar>);

impl Sidecar {
    fn on<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut wrap::Sidecar) -> Result<T, wrap::SidecarError> + Send,
    ) -> PyResult<T> {
        py.detach(|| work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))).map_err(failed)
    }
}

#[pymethods]
impl Sidecar {
    #[new]
    fn new(py: Python<'_>, place: &str, platform: &str, assets: Vec<String>) -> PyResult<Self> {
        let assets = assets.iter().map(|name| asset(name)).collect::<PyResult<Vec<_>>>()?;
        let platform = platform.parse().map_err(wrong)?;
        let place = self::place(place)?;
        let opened = py.detach(|| wrap::Sidecar::open(&place, &platform, &assets));
        opened.map(|sidecar| Self(Mutex::new(sidecar))).map_err(failed)
    }

    /// A place as it may be shown: without a password.
    #[staticmethod]
    fn named(place: &str) -> PyResult<String> {
        Ok(self::place(place)?.to_string())
    }

    /// Compares everything that the store shows with what is known; (new, counted, taken back).
    #[pyo3(signature = (values, answer=None))]
    fn begin(
        &self,
        py: Python<'_>,
        values: Vec<ShowsRow>,
        answer: Option<&str>,
    ) -> PyResult<(u64, u64, u64)> {
        let answer = match answer {
            None => None,
            Some("ledger") => Some(Decision::Ledger),
            Some("count") => Some(Decision::Count),
            Some(other) => {
                return Err(PyValueError::new_err(format!("`{other}` is no answer: say ledger or count")));
            }
        };
        let store =
            values.iter().map(|(name, id, value)| shows(name, id, *value)).collect::<PyResult<Vec<_>>>()?;
        match self.on(py, |sidecar| sidecar.begin(&store, answer))? {
            Begun::Done { new, counted, taken_back } => Ok((new, counted, taken_back)),
            Begun::Asks(mass) => {
                let said =
                    format!("{} balances differ and {} are gone, of {}", mass.changed, mass.gone, mass.of);
                let error = MassChange::new_err(said);
                let value = error.value(py);
                for (name, number) in [("changed", mass.changed), ("gone", mass.gone), ("of", mass.of)] {
                    value.setattr(name, number)?;
                }
                Err(error)
            }
        }
    }

    /// What the store shows of somebody, as far as it is known.
    fn shown(&self, py: Python<'_>, asset: &str, id: &str) -> PyResult<Option<i64>> {
        let asset = self::asset(asset)?;
        Ok(self.on(py, |sidecar| sidecar.shown(&asset, id))?.map(Amount::units))
    }

    /// Notes what the bot did, and of whom the store has nobody any more: durable when it returns, all of it or nothing.
    fn note(&self, py: Python<'_>, done: Vec<DidRow>, gone: Vec<String>) -> PyResult<()> {
        let did = |(name, id, now, delta): &DidRow| {
            Ok(Did { now: shows(name, id, *now)?, delta: Amount::new(*delta) })
        };
        let done = done.iter().map(did).collect::<PyResult<Vec<_>>>()?;
        let gone: Vec<_> = gone.iter().map(String::as_str).collect();
        self.on(py, |sidecar| sidecar.capture_and_gone(&done, &gone))
    }

    /// What has come in and is not shown yet.
    fn due(&self, py: Python<'_>, limit: usize) -> PyResult<Vec<DueRow>> {
        let row =
            |due: Due| (due.asset.to_string(), String::from(due.external), due.from.units(), due.to.units());
        Ok(self.on(py, |sidecar| sidecar.due(limit))?.into_iter().map(row).collect())
    }

    /// Notes that the store is about to be made to show this.
    fn intend(&self, py: Python<'_>, due: Vec<DueRow>) -> PyResult<()> {
        let due = rows(&due)?;
        self.on(py, |sidecar| sidecar.intend(&due))
    }

    /// Notes that the store could not be made to show this.
    fn refuse(&self, py: Python<'_>, due: Vec<DueRow>) -> PyResult<()> {
        let due = rows(&due)?;
        self.on(py, |sidecar| sidecar.refuse(&due))
    }

    /// Before the store is written out.
    fn mark(&self, py: Python<'_>) -> PyResult<i64> {
        self.on(py, wrap::Sidecar::mark)
    }

    /// After it was.
    fn durable(&self, py: Python<'_>, mark: i64) -> PyResult<()> {
        self.on(py, |sidecar| sidecar.durable(mark))
    }

    /// Changes whenever somebody else has written here.
    fn version(&self, py: Python<'_>) -> PyResult<i64> {
        self.on(py, wrap::Sidecar::version)
    }
}

pub(crate) fn failed(error: wrap::SidecarError) -> PyErr {
    let said = error.to_string();
    match error {
        wrap::SidecarError::Unavailable { .. } | wrap::SidecarError::WouldOverflow { .. } => {
            SidecarError::new_err(said)
        }
        wrap::SidecarError::NotASidecar { .. }
        | wrap::SidecarError::Newer { .. }
        | wrap::SidecarError::OtherPlatform { .. } => NotASidecar::new_err(said),
    }
}

/// What is wrong with an argument, in words.
pub(crate) fn wrong(error: impl ToString) -> PyErr {
    PyValueError::new_err(error.to_string())
}

pub(crate) fn place(text: &str) -> PyResult<Place> {
    text.parse().map_err(wrong)
}

fn asset(name: &str) -> PyResult<AssetName> {
    name.parse().map_err(wrong)
}

fn external(id: &str) -> PyResult<ExternalId> {
    id.parse().map_err(wrong)
}

fn shows(name: &str, id: &str, value: i64) -> PyResult<Shows> {
    Ok(Shows { asset: asset(name)?, external: external(id)?, value: Amount::new(value) })
}

fn rows(due: &[DueRow]) -> PyResult<Vec<Due>> {
    let one = |(name, id, from, to): &DueRow| {
        let (from, to) = (Amount::new(*from), Amount::new(*to));
        Ok(Due { asset: asset(name)?, external: external(id)?, from, to })
    };
    due.iter().map(one).collect()
}
