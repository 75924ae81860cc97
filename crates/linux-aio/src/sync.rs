//! Locks between threads: the standard library's, or under `cfg(loom)` loom's, which tries the orders
//! in which threads can run.

#[cfg(not(loom))]
use std::cell::UnsafeCell;
#[cfg(not(loom))]
pub(crate) use std::sync::atomic::{AtomicU64, AtomicUsize};
#[cfg(not(loom))]
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};

/// For whoever looks again and again: the other thread may be on the same processor.
#[cfg(not(loom))]
pub(crate) use std::hint::spin_loop as relax;

#[cfg(loom)]
pub(crate) use loom::thread::yield_now as relax;

#[cfg(loom)]
use loom::cell::UnsafeCell;
#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicU64, AtomicUsize};
#[cfg(loom)]
pub(crate) use loom::sync::{Mutex, MutexGuard};
#[cfg(loom)]
pub(crate) use modelled::Condvar;

/// What two threads use in turns. loom sees where they do not.
#[derive(Debug)]
pub(crate) struct Shared<T>(UnsafeCell<T>);

impl<T> Shared<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// # Safety
    /// Nobody else may use it meanwhile.
    pub(crate) unsafe fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        #[cfg(loom)]
        // SAFETY: the caller's promise.
        return self.0.with_mut(|value| work(unsafe { &mut *value }));
        #[cfg(not(loom))]
        // SAFETY: the caller's promise.
        work(unsafe { &mut *self.0.get() })
    }
}

#[cfg(loom)]
mod modelled {
    use std::sync::LockResult;
    use std::time::Duration;

    use loom::sync::MutexGuard;
    use loom::sync::atomic::{AtomicBool, Ordering};

    /// loom's, whose timed waits end when a model says that time is over: [`Condvar::expire`].
    #[derive(Debug, Default)]
    pub(crate) struct Condvar {
        inner: loom::sync::Condvar,
        expired: AtomicBool,
    }

    /// Whether a wait ended because time was over.
    #[derive(Debug)]
    pub(crate) struct WaitTimeoutResult(bool);

    impl WaitTimeoutResult {
        pub(crate) fn timed_out(&self) -> bool {
            self.0
        }
    }

    impl Condvar {
        pub(crate) fn new() -> Self {
            Self::default()
        }

        pub(crate) fn notify_one(&self) {
            self.inner.notify_one();
        }

        pub(crate) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
            self.inner.wait(guard)
        }

        pub(crate) fn wait_timeout<'a, T>(
            &self,
            mut guard: MutexGuard<'a, T>,
            _: Duration,
        ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
            // Looked at under the lock, which `expire`'s caller holds as well: no wait begins after it.
            if !self.expired.load(Ordering::Relaxed) {
                guard = self.inner.wait(guard).unwrap_or_else(|_| unreachable!("loom's locks are not poisoned"));
            }
            Ok((guard, WaitTimeoutResult(self.expired.load(Ordering::Relaxed))))
        }

        /// Every timed wait is over from now on. The caller holds the lock that is waited with.
        #[cfg(test)]
        pub(crate) fn expire(&self) {
            self.expired.store(true, Ordering::Relaxed);
            self.inner.notify_all();
        }
    }
}
