//! The N-API binding of linux-aio: it converts, it decides nothing.
//!
//! Set-up and teardown are typed functions; results and failures cross as data, and TypeScript
//! builds the errors. The way of an operation is one raw callback per batch, in [`event_queue`].
mod data;
mod environment;
mod event_queue;
mod events;
mod file;
mod hook;
mod memory;
mod outcome;
#[cfg(feature = "planted")]
mod planted;
mod poll;
mod prepare;
mod probe;
mod queue;
mod raw;
mod reaper;
mod unseen;
mod uv;
