//! Linux AIO: asynchronous reads and writes by the kernel's own `io_setup`, `io_submit` and
//! `io_getevents`, against `O_DIRECT` descriptors and page-aligned memory.
//!
//! Data goes one way: a [`operation::Operation`] owns the memory and the descriptor it needs, a
//! [`queue::Queue`] takes it into a slot, hands it to the kernel and gives it back with its result.
//! No memory that the kernel may still write is ever freed, moved or reused.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use linux_aio::file::File;
//! use linux_aio::operation::{Manner, Memory, Operation};
//! use linux_aio::pool::{Pool, PoolOptions};
//! use linux_aio::queue::{Queue, QueueOptions};
//! use linux_aio::sys::Linux;
//!
//! let file = Arc::new(File::open(c"/etc/hostname", libc::O_RDONLY, 0)?);
//! let block = Pool::new(&PoolOptions::default())?.acquire(4096)?;
//! let mut queue = Queue::new(Linux, QueueOptions::default(), None)?;
//! let read = Operation::read(file, Memory::Block(block), 0, Manner::default())?;
//! queue.push(0, read)?;
//! queue.submit();
//! queue.wait(1, None, |done| println!("{} bytes", done.result));
//! # Ok(())
//! # }
//! ```
#![cfg(target_os = "linux")]

pub mod abi;
pub mod acl;
mod adjoining;
mod advice;
pub mod alignment;
pub mod allocator;
pub mod blocking;
pub mod buffer;
pub mod chunks;
pub mod context;
pub mod data;
mod descriptor;
pub mod device;
mod discovery;
pub mod error;
pub mod file;
pub mod filesystem;
mod flight;
pub mod helper;
mod history;
pub mod job;
pub mod kernel;
pub mod kind;
mod lanes;
mod mailbox;
pub mod memory;
pub mod mount;
mod notifier;
mod office;
pub mod opening;
pub mod operation;
mod pace;
pub mod partner;
pub mod pool;
pub mod portions;
pub mod probe;
pub mod queue;
pub mod record;
pub mod registry;
pub mod ring;
mod routing;
mod slots;
pub mod spin;
pub mod stat;
pub mod stats;
pub mod statx;
mod stopwatch;
mod sync;
pub mod sys;
pub mod threads;
pub mod times;
pub mod turn;
mod unmapping;
mod waiting;

// Tests that look inside: beside the others, and with the support of those, which name the crate as users do.
#[cfg(test)]
extern crate self as linux_aio;
#[cfg(all(test, loom))]
#[path = "../tests/models/mod.rs"]
mod models;
#[cfg(all(test, not(loom)))]
#[path = "../tests/places/mod.rs"]
mod places;
#[cfg(all(test, not(loom)))]
#[path = "../tests/simulate/mod.rs"]
mod simulate;
#[cfg(all(test, not(loom)))]
#[path = "../tests/support/mod.rs"]
mod support;
