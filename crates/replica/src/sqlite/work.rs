//! One transaction of a replica.

use std::{cell::RefCell, collections::HashMap};

use onepurse_core::{Platform, Random};
use rusqlite::{OptionalExtension, Transaction};

use super::{connect::Fault, read::SeenCapture, shape::Shape, terms::Bound};
use crate::Mapping;

/// The mappings by asset, with the number that our tables know each by.
pub(super) type Numbers<'a> = HashMap<&'a str, (i64, &'a Mapping)>;

/// One transaction, and what every part of this module needs in it.
pub(super) struct Work<'a> {
    pub(super) db: &'a Transaction<'a>,
    pub(super) mappings: &'a [Mapping],
    pub(super) platform: &'a Platform,
    pub(super) random: &'a dyn Random,
    /// What was found out about capture over this connection.
    pub(super) seen: &'a RefCell<Option<SeenCapture>>,
}

impl<'a> Work<'a> {
    /// The mappings that are attached and whose table is there.
    pub(super) fn bound(&self) -> Result<Vec<Bound>, Fault> {
        let (mut bound, numbers) = (Vec::new(), self.numbers()?);
        for mapping in self.mappings {
            let Some(&(number, _)) = numbers.get(mapping.asset.as_str()) else { continue };
            if let Some(shape) = Shape::read(self.db, mapping)?
                && shape.fits(mapping)
            {
                bound.push(Bound { number, mapping: mapping.clone(), shape });
            }
        }
        Ok(bound)
    }

    pub(super) fn nonce(&self) -> [u8; 8] {
        let mut nonce = [0; 8];
        self.random.fill(&mut nonce);
        nonce
    }

    /// The mappings by asset, with the number that our tables know each by.
    pub(super) fn numbers(&self) -> Result<Numbers<'a>, Fault> {
        let mut numbers = HashMap::new();
        for mapping in self.mappings {
            let number = self
                .db
                .prepare_cached("SELECT mapping FROM onepurse_mapping WHERE asset = ?1")?
                .query_row([mapping.asset.as_str()], |row| row.get(0))
                .optional()?;
            if let Some(number) = number {
                numbers.insert(mapping.asset.as_str(), (number, mapping));
            }
        }
        Ok(numbers)
    }
}
