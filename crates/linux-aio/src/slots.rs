//! The places of a queue: an operation and its iocb each, from push to settlement.

use std::fmt;
use std::mem::{self, MaybeUninit};

use crate::abi::{Iocb, RWF_NOWAIT};
use crate::error::{Errno, Failure};
use crate::operation::Operation;

/// The slot is in use, or not below the capacity, or the queue was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotTaken;

impl fmt::Display for SlotTaken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the slot is in use or not below the queue's capacity")
    }
}

impl std::error::Error for SlotTaken {}

#[derive(Debug, Default)]
enum Place {
    #[default]
    Free,
    /// Settles without ever having been an operation.
    Refused,
    Held(Held),
    /// A helper has the operation.
    Away {
        lane: usize,
    },
}

/// An operation in its slot.
#[derive(Debug)]
pub(crate) struct Held {
    pub operation: Operation,
    /// Of [`crate::lanes::Lanes`], once it is in flight.
    pub lane: usize,
    /// Submitted with an RWF_NOWAIT that the user did not ask for.
    pub nowait: bool,
}

/// Operations by slot, and their iocbs, which the kernel knows by address.
#[derive(Debug)]
pub(crate) struct Slots {
    /// Grows to the highest slot in use. An operation may move: its iocb names only what it points to.
    places: Vec<Place>,
    /// One for each slot of the capacity, at one address for as long as this value lives. Written
    /// when an operation is held; before that, nobody touches the page.
    iocbs: Vec<MaybeUninit<Iocb>>,
}

impl Slots {
    /// ENOMEM where there is no address space for so many.
    pub(crate) fn new(capacity: u32) -> Result<Self, Failure> {
        let mut iocbs = Vec::new();
        let refused = |_| Failure { errno: Errno(libc::ENOMEM), syscall: "malloc" };
        iocbs.try_reserve_exact(capacity as usize).map_err(refused)?;
        // SAFETY: there is room for so many, and nothing needs to be there.
        unsafe { iocbs.set_len(capacity as usize) };
        Ok(Self { places: Vec::new(), iocbs })
    }

    fn free(&mut self, slot: u32) -> Result<&mut Place, SlotTaken> {
        let index = slot as usize;
        if index >= self.iocbs.len() {
            return Err(SlotTaken);
        }
        if index >= self.places.len() {
            let grown = (index + 1).next_power_of_two().min(self.iocbs.len());
            self.places.resize_with(grown, Place::default);
        }
        let place = &mut self.places[index];
        if matches!(place, Place::Free) { Ok(place) } else { Err(SlotTaken) }
    }

    /// Keeps an operation, and the iocb that says to the kernel what it is.
    pub(crate) fn hold(&mut self, slot: u32, operation: Operation, iocb: Iocb) -> Result<(), SlotTaken> {
        *self.free(slot)? = Place::Held(Held { operation, lane: 0, nowait: false });
        self.iocbs[slot as usize].write(iocb);
        Ok(())
    }

    /// Occupies a slot without an operation.
    pub(crate) fn refuse(&mut self, slot: u32) -> Result<(), SlotTaken> {
        *self.free(slot)? = Place::Refused;
        Ok(())
    }

    /// The iocb of the operation in `slot`; none where there is no operation.
    pub(crate) fn iocb(&mut self, slot: u32) -> Option<*mut Iocb> {
        let held = matches!(self.places.get(slot as usize), Some(Place::Held(_)));
        held.then(|| self.iocbs[slot as usize].as_mut_ptr())
    }

    /// The operation in `slot`, unless it is away.
    pub(crate) fn held(&mut self, slot: u32) -> Option<&mut Held> {
        match self.places.get_mut(slot as usize)? {
            Place::Held(held) => Some(held),
            _ => None,
        }
    }

    /// The iocb of an operation that the kernel does not have, to be submitted with `RWF_NOWAIT` or without.
    pub(crate) fn ready(&mut self, slot: u32, nowait: bool) -> Option<*mut Iocb> {
        let Some(Place::Held(held)) = self.places.get_mut(slot as usize) else { return None };
        let iocb = &mut self.iocbs[slot as usize];
        if held.nowait != nowait {
            held.nowait = nowait;
            // SAFETY: `hold` has written the iocb of a held operation.
            unsafe { iocb.assume_init_mut() }.rw_flags ^= RWF_NOWAIT;
        }
        Some(iocb.as_mut_ptr())
    }

    /// Takes an operation out for a helper, and keeps its slot.
    pub(crate) fn send_away(&mut self, slot: u32, lane: usize) -> Option<Operation> {
        let place = self.places.get_mut(slot as usize)?;
        match mem::take(place) {
            Place::Held(held) => {
                *place = Place::Away { lane };
                Some(held.operation)
            }
            other => {
                *place = other;
                None
            }
        }
    }

    /// Frees the slot of an operation that was away; the lane that it was in.
    pub(crate) fn come_back(&mut self, slot: u32) -> Option<usize> {
        let place = self.places.get_mut(slot as usize)?;
        let Place::Away { lane } = *place else { return None };
        *place = Place::Free;
        Some(lane)
    }

    /// Frees a slot that the kernel has nothing to do with any more; its operation, if it had one.
    pub(crate) fn release(&mut self, slot: u32) -> Option<Held> {
        let place = self.places.get_mut(slot as usize)?;
        if matches!(place, Place::Away { .. }) {
            return None;
        }
        match mem::take(place) {
            Place::Held(held) => Some(held),
            _ => None,
        }
    }

    /// Gives up all operations without freeing what they hold.
    pub(crate) fn leak(&mut self) {
        mem::forget(mem::take(&mut self.places));
    }
}
