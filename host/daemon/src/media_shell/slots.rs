//! The sockets that have been granted and not yet opened, by the number that the exchange knows them by.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::media_shell::ports::PortPair;

/// The table of granted sockets: the binder puts them in, the workers take them out.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    pairs: Vec<Option<PortPair>>,
    free: Vec<u32>,
}

impl Slots {
    /// Keeps a pair and says under which number.
    pub(crate) fn put(&self, pair: PortPair) -> u32 {
        let mut table = self.table();
        if let Some(slot) = table.free.pop()
            && let Some(place) = table.pairs.get_mut(index(slot))
        {
            *place = Some(pair);
            return slot;
        }
        table.pairs.push(Some(pair));
        u32::try_from(table.pairs.len() - 1).unwrap_or(u32::MAX)
    }

    /// Takes the pair of a number. None: it was never granted, or is open already. The number may be given to another
    /// pair from now on.
    pub(crate) fn take(&self, slot: u32) -> Option<PortPair> {
        let mut table = self.table();
        let pair = table.pairs.get_mut(index(slot))?.take()?;
        table.free.push(slot);
        Some(pair)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // Every change of the table is complete before anything can panic.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn index(slot: u32) -> usize {
    usize::try_from(slot).unwrap_or(usize::MAX)
}
