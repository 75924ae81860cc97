//! Which way an operation takes: through io_submit, with or without RWF_NOWAIT, or to a helper.

use std::sync::OnceLock;
use std::time::Instant;

use crate::abi::{Opcode, RWF_APPEND, RWF_NOWAIT};
use crate::blocking::{Backend, BlockingOperation};
use crate::file::File;
use crate::kernel::{KernelRelease, NowaitPolicy};
use crate::operation::Operation;

/// Bytes above which even copying them inside io_submit (tmpfs, zram) takes too long.
const LONG_COPY: u64 = 128 * 1024;

/// Bytes above which bringing in and pinning the pages takes io_submit too long: a third of a millisecond a MiB where
/// nobody has touched them before.
const LONG_PIN: u64 = 8 << 20;

/// The way of one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// io_submit(2), as it is.
    Submit,
    /// io_submit(2) with `RWF_NOWAIT`, and where that answers -EAGAIN, a helper.
    SubmitNowait,
    /// A helper.
    Help,
}

fn nowait_policy() -> NowaitPolicy {
    static POLICY: OnceLock<NowaitPolicy> = OnceLock::new();
    *POLICY.get_or_init(|| KernelRelease::running().nowait())
}

/// The way of an operation that is about to be submitted.
pub(crate) fn route(operation: &Operation, now: Instant) -> Route {
    let (Some(file), reads) = (operation.file(), operation.reads()) else { return Route::Submit };
    if needs_order(operation) {
        return Route::Help;
    }
    // Who asks for nowait himself is to hear the kernel's answer.
    let asked = operation.manner().rw_flags & RWF_NOWAIT != 0;
    if asked || matches!(operation.opcode(), Opcode::Fsync | Opcode::Fdsync | Opcode::Poll) {
        return Route::Submit;
    }
    if operation.len() > LONG_PIN {
        return Route::Help;
    }
    let history = file.history();
    let pace = if reads { &history.reads } else { &history.writes };
    if !file.direct() || pace.is_given_up(now) || blocks(operation, file) {
        return Route::Help;
    }
    let wanted = match nowait_policy() {
        NowaitPolicy::Never => false,
        NowaitPolicy::Reads => reads,
        NowaitPolicy::Always => true,
    };
    let known = !file.backend().is_in_memory() && !history.refuses_nowait();
    if wanted && known && !file.splits(operation) && !history.nowait.is_given_up(now) {
        Route::SubmitNowait
    } else {
        Route::Submit
    }
}

/// Whether it has to be carried out after those of its sort before it, wherever they came from: xfs finds the end of the
/// file for an append before the one before it has moved it, and writes both to the same place.
pub(crate) fn needs_order(operation: &Operation) -> bool {
    let appends = operation.manner().rw_flags & RWF_APPEND != 0;
    appends && operation.written_file().is_some_and(|file| file.backend() == Backend::Xfs)
}

/// Whether a write ends behind the file's end, as far as that is known.
pub(crate) fn extends(operation: &Operation, file: &File) -> bool {
    operation.manner().rw_flags & RWF_APPEND != 0 || operation.offset() + operation.len() > file.history().size()
}

/// Whether an operation is known to complete inside io_submit, for long enough to matter.
fn blocks(operation: &Operation, file: &File) -> bool {
    let length = operation.len();
    let Some(blocking) = file.backend().blocking() else { return false };
    if file.backend().is_in_memory() {
        return length > LONG_COPY;
    }
    if operation.reads() {
        return blocking.contains(&BlockingOperation::Read);
    }
    let offset = operation.offset();
    let extends = extends(operation, file);
    let partial = !(offset | length).is_multiple_of(file.block_size());
    // Whoever extends the file has it to itself meanwhile: those inside it would wait as well.
    ((extends || file.history().extended.any()) && blocking.contains(&BlockingOperation::Append))
        // Behind the end that the writes before it are only about to move: it waits for them to end.
        || (extends && file.backend() == Backend::Xfs && file.history().written.any())
        || (partial && blocking.contains(&BlockingOperation::PartialBlock))
        || blocking.contains(&BlockingOperation::Overwrite)
}
