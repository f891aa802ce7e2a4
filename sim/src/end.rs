//! How the program ends.

use std::process::ExitCode;

/// What it was asked for, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// All is as it must be.
    Clean,
    /// Something was found.
    Found,
    /// It cannot be asked for that; why.
    Wrong(String),
    /// Someone pressed Ctrl-C.
    Interrupted,
}

impl End {
    /// Clean, or something was found.
    pub(crate) const fn of(is_clean: bool) -> Self {
        if is_clean { Self::Clean } else { Self::Found }
    }

    /// It cannot be asked for that.
    pub(crate) const fn wrong(why: String) -> Self {
        Self::Wrong(why)
    }

    /// Nothing is called so; this is what there is.
    pub(crate) fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let known: String = known.map(|name| format!("\n  {name}")).collect();
        Self::Wrong(format!("there is no {what} `{name}`; there are{known}"))
    }

    /// 0, 1 where something was found, 2 for wrong usage, 130 as shells say of Ctrl-C.
    pub(crate) fn code(self) -> ExitCode {
        match self {
            Self::Clean => ExitCode::SUCCESS,
            Self::Found => ExitCode::FAILURE,
            Self::Wrong(why) => {
                eprintln!("error: {why}");
                ExitCode::from(2)
            }
            Self::Interrupted => ExitCode::from(130),
        }
    }
}
