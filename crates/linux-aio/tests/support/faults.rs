//! What a simulated kernel does to those who call it.

/// What one io_submit(2) answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// As a healthy kernel.
    Usual,
    /// An errno, whatever is offered.
    Refuse(i32),
    /// Looks at so many of the iocbs only.
    Take(usize),
}

/// How often what happens, in a thousand.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chances {
    /// io_submit answers EAGAIN, ENOMEM or EINTR.
    pub refusal: u32,
    /// io_submit takes fewer than offered.
    pub short_submit: u32,
    /// A waiting io_getevents answers EINTR, or nothing.
    pub interruption: u32,
    /// An io_getevents fetches fewer than there are.
    pub short_fetch: u32,
    /// An io_getevents that does not wait fails.
    pub failing_fetch: u32,
    /// An operation completes inside io_submit.
    pub inline: u32,
    /// The partner has room.
    pub pairing: u32,
    /// The partner stands still while it is waited for.
    pub late_partner: u32,
    /// An operation ends with an errno and moves nothing.
    pub failure: u32,
    /// An operation moves fewer blocks than it should.
    pub short_count: u32,
    /// A read with RWF_NOWAIT ends with EAGAIN and moves nothing.
    pub nowait_refusal: u32,
    /// A helper is not done before somebody waits.
    pub slow_help: u32,
    /// Helpers are not done before somebody waits for them alone, after io_destroy.
    pub late_help: u32,
    /// A helper gives up a job.
    pub dropped_help: u32,
    /// The wake-up of a completion is late, or lost where another comes before it.
    pub late_wakeup: u32,
    /// io_setup answers EAGAIN, ENOMEM or EPERM.
    pub failing_setup: u32,
}

/// What the kernel knows of a descriptor.
#[derive(Debug, Clone, Copy)]
pub struct Descriptor {
    /// Does not know RWF_NOWAIT.
    pub refuses_nowait: bool,
    pub read_only: bool,
    /// All is done when io_submit returns.
    pub in_memory: bool,
}
