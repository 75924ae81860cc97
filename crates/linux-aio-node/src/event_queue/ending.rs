//! The end of a queue's operations with that of its environment: nobody is told of them any more, and the kernel is waited for.

use std::ffi::c_void;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use linux_aio::queue::Queue;
use linux_aio::sys::Linux;
use linux_aio::threads;

use super::EventQueue;
use crate::hook::Pending;

/// How long an end waits for the kernel before it looks again.
const GLANCE: Duration = Duration::from_millis(1);

impl EventQueue {
    /// Ends all operations, of which nobody is told any more: those that the kernel has when it is done with them, on a thread.
    pub fn end_operations(&self) {
        let core = self.core.borrow_mut().take();
        if let Some(core) = core {
            // Without a thread the core is dropped here, which waits for the kernel too.
            let _ = threads::start("linux-aio-end", move || end(core));
        }
    }
}

/// The environment ends: its loop is left, and what is in flight is waited for elsewhere.
pub(super) fn environment_ends(data: *mut c_void, pending: Pending) {
    // SAFETY: the listener keeps the queue until the watch is ended below; counted here, for that may be at once.
    let queue = unsafe {
        let data = data.cast::<EventQueue>();
        Rc::increment_strong_count(data);
        Rc::from_raw(data)
    };
    // Called, it is not to be removed.
    queue.hook.take();
    queue.end_operations();
    queue.leave_loop(pending);
}

/// What the kernel has is waited for here, for io_destroy(2), which does that as well, may have been forbidden meanwhile.
fn end(mut core: Queue<Linux>) {
    core.give_up();
    while core.in_flight() > 0 {
        if core.wait(core.in_flight(), Some(GLANCE), drop) == 0 {
            thread::sleep(GLANCE);
        }
    }
}
