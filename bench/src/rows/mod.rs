//! The rows there are.

mod append;
mod attach;
mod backlog;
mod capture;
mod founding;
mod growth;
mod idle;
mod million;
mod propagation;
mod single;
mod writers;

use crate::{error::BenchError, line::is_asked, row::Row};

/// Those that are asked for, by their number or by one of their lines; without any, all that do not wait to be asked for.
pub(crate) fn asked(asked: &[String]) -> Result<Vec<Box<dyn Row>>, BenchError> {
    let mut rows = all();
    let known: Vec<_> = rows.iter().map(|row| row.number()).collect();
    let number = |asked: &str| asked.split(' ').next().unwrap_or(asked).to_owned();
    if let Some(unknown) = asked.iter().find(|asked| !known.contains(&number(asked).as_str())) {
        return Err(BenchError::NoSuchRow { asked: unknown.clone(), known: known.join(", ") });
    }
    let numbers: Vec<_> = asked.iter().map(|asked| number(asked)).collect();
    rows.retain(|row| is_asked(&numbers, row.number()) && !(numbers.is_empty() && row.on_demand()));
    Ok(rows)
}

fn all() -> Vec<Box<dyn Row>> {
    vec![
        Box::new(append::OnPostgres),
        Box::new(append::OnSqlite),
        Box::new(writers::Writers),
        Box::new(founding::TheFoundingWay),
        Box::new(single::OneByOne),
        Box::new(propagation::Propagation),
        Box::new(capture::Capture),
        Box::new(backlog::Backlog),
        Box::new(attach::Attaching),
        Box::new(growth::Growth),
        Box::new(million::Memory),
        Box::new(idle::Idle),
        Box::new(million::Start),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(of: &[&str]) -> Vec<&'static str> {
        let of: Vec<_> = of.iter().map(ToString::to_string).collect();
        asked(&of).unwrap().iter().map(|row| row.number()).collect()
    }

    #[test]
    fn a_row_is_asked_for_by_its_number_or_a_line_of_it() {
        assert_eq!(numbers(&["2"]), ["2"]);
        assert_eq!(numbers(&["1 whatever"]), ["1"]);
        assert_eq!(numbers(&[]).len(), all().len() - 1);
        assert_eq!(numbers(&["9"]), ["9"]);
    }

    #[test]
    fn a_row_that_is_not_there_is_refused_by_name() {
        let error = asked(&["99".to_owned()]).err().unwrap();
        assert!(error.to_string().starts_with("there is no row `99`: there are 1, 2"), "{error}");
    }
}
