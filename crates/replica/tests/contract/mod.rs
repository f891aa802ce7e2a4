//! The contract. What every kind of database promises is written over a [`Fixture`], and [`contract!`] runs it for each;
//! what is said in the SQL of one kind stands with that kind.
//!
//! [`Fixture`]: crate::support::fixture::Fixture

mod capture;
mod forget;
mod history;
mod inward;
mod mariadb;
mod parts;
mod postgres;
mod random;
mod renewed;
mod reversal;
mod tables;
mod testimony;

/// Runs each of these functions of a `Fixture` as a test for every kind of database.
macro_rules! contract {
    ($($case:ident),* $(,)?) => {
        mod every {
            mod sqlite {
                $(#[test] fn $case() { super::super::$case::<crate::support::fixture::Sqlite>(); })*
            }
            mod mariadb {
                $(#[test] fn $case() { super::super::$case::<crate::support::mariadb::MariaDb>(); })*
            }
            mod postgres {
                $(#[test] fn $case() { super::super::$case::<crate::support::postgres::Postgres>(); })*
            }
        }
    };
}
pub(crate) use contract;
