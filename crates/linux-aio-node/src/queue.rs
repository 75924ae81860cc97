//! Set-up and teardown of queues, as JavaScript asks for them.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use linux_aio::context::Reaping;
use linux_aio::error::Failure;
use linux_aio::queue::{Chunk, Helping, Queue, QueueOptions};
use linux_aio::record::COMPLETION;
use linux_aio::sys::Linux;
use napi::bindgen_prelude::{AsyncTask, Either};
use napi::{Env, Result, Task};
use napi_derive::napi;

use crate::environment::{handle, with};
use crate::event_queue::{self, EventQueue, SharedArray};
use crate::events;
use crate::outcome::NativeFailure;
use crate::raw::{self, Value};

#[napi(object, object_to_js = false)]
#[derive(Clone, Copy)]
pub struct NativeQueueOptions {
    pub depth: u32,
    pub capacity: u32,
    /// 0: the usual one.
    pub chunk: u32,
    /// Find the chunk by trial.
    pub search: bool,
    /// Read completions from the ring rather than by io_getevents.
    pub ring: bool,
    /// Wait for completions awake where that pays.
    pub spin: bool,
    /// Be woken by a thread, also where the loop could wait for itself.
    pub thread: bool,
    /// Have helper threads do what would block inside io_submit.
    pub helpers: bool,
    /// Doubles in the submission array.
    pub records: u32,
    /// Completions in the completion array.
    pub completions: u32,
}

#[napi(object, object_from_js = false)]
pub struct NativeQueue {
    pub id: f64,
    /// Takes the number of doubles of records written to `memory`, returns the number of completions that
    /// are there already, or -1 where it can take nothing. Without `takes`, whether there are any, 1 or 0.
    #[napi(ts_type = "(doubles: number, takes: boolean) => number")]
    pub submit: Value,
    /// Records, and behind them completions.
    #[napi(ts_type = "ArrayBuffer")]
    pub memory: Value,
}

#[napi(object, object_from_js = false)]
pub struct NativeQueueStats {
    pub operations: f64,
    pub completed: f64,
    pub failed: f64,
    pub batches: f64,
    pub submits: f64,
    pub retries: f64,
    pub inline_completions: f64,
    pub paired: f64,
    pub helped: f64,
    pub joined: f64,
    pub nowait_refusals: f64,
    pub depth_sum: f64,
    pub depth_max: f64,
    /// Milliseconds.
    pub submit_longest: f64,
    pub chunk: f64,
    pub queued: f64,
    pub in_flight: f64,
    pub wakeups: f64,
    pub spins: f64,
    pub spin_hits: f64,
    pub callbacks: f64,
    /// Whether completions are read from the ring.
    pub ring: bool,
}

pub struct SetUp {
    options: NativeQueueOptions,
    context: Option<(Queue<Linux>, Arc<OwnedFd>)>,
}

/// A context that waits to be attached to the loop.
#[napi]
pub struct NativeContext {
    options: NativeQueueOptions,
    context: Option<(Queue<Linux>, Arc<OwnedFd>)>,
}

impl Task for SetUp {
    type Output = std::result::Result<(), Failure>;
    type JsValue = Either<NativeContext, NativeFailure>;

    fn compute(&mut self) -> Result<Self::Output> {
        let NativeQueueOptions { depth, capacity, chunk, search, ring, helpers, .. } = self.options;
        let chunk = match chunk {
            _ if search => Chunk::Searched,
            0 => Chunk::Usual,
            chunk => Chunk::Of(chunk),
        };
        let helping = if helpers { Helping::AsNeeded } else { Helping::Never };
        let reaping = if ring { Reaping::Ring } else { Reaping::SystemCall };
        let made = events::notifier().and_then(|notifier| {
            let options = QueueOptions { depth, capacity, chunk, reaping, helping, turn: event_queue::TURN };
            Ok((Queue::new(Linux, options, Some(Arc::clone(&notifier)))?, notifier))
        });
        Ok(made.map(|context| self.context = Some(context)))
    }

    fn resolve(&mut self, _: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(match output {
            Ok(()) => Either::A(NativeContext { options: self.options, context: self.context.take() }),
            Err(failure) => Either::B(failure.into()),
        })
    }
}

/// io_setup(2) and eventfd(2), off the loop.
#[napi(ts_return_type = "Promise<NativeContext | NativeFailure>")]
pub fn setup_context(options: NativeQueueOptions) -> AsyncTask<SetUp> {
    AsyncTask::new(SetUp { options, context: None })
}

/// Puts a context into this thread's event loop, once.
#[napi]
pub fn attach_context(
    env: Env,
    context: &mut NativeContext,
    #[napi(ts_arg_type = "(completions: number) => void")] callback: Value,
) -> Result<Option<NativeQueue>> {
    let Some((core, notifier)) = context.context.take() else { return Ok(None) };
    let options = context.options;
    // SAFETY: called by JavaScript, so on its thread and in a scope.
    unsafe {
        let records = options.records as usize;
        let doubles = records + options.completions as usize * COMPLETION;
        let array = SharedArray { memory: raw::array_buffer(env.raw(), doubles)?, records };
        let queue = EventQueue::attach(env.raw(), options.thread, core, notifier, &array, callback.0)?;
        if options.spin {
            queue.wait_awake_too();
        }
        let submit = queue.submit_function()?;
        let id = with(|environment| environment.queues.insert(queue)).unwrap_or(0);
        Ok(Some(NativeQueue { id: id as f64, submit: Value(submit), memory: Value(array.memory) }))
    }
}

/// Counters, all zero for a closed queue.
#[napi]
pub fn queue_stats(id: f64) -> Option<NativeQueueStats> {
    let queue = with(|environment| environment.queues.get(handle(id)).cloned())?;
    let (wakeups, callbacks) = queue.wakeups_and_callbacks();
    let (spins, spin_hits) = queue.waits();
    queue.core(|core| {
        let stats = core.stats();
        NativeQueueStats {
            operations: stats.operations as f64,
            completed: stats.completed as f64,
            failed: stats.failed as f64,
            batches: stats.batches as f64,
            submits: stats.submits as f64,
            retries: stats.retries as f64,
            inline_completions: stats.inline_completions as f64,
            paired: stats.paired as f64,
            helped: stats.helped as f64,
            joined: stats.joined as f64,
            nowait_refusals: stats.nowait_refusals as f64,
            depth_sum: stats.depth_sum as f64,
            depth_max: stats.depth_max as f64,
            submit_longest: stats.submit_longest.as_secs_f64() * 1000.0,
            chunk: core.chunk().into(),
            queued: core.queued() as f64,
            in_flight: core.in_flight() as f64,
            wakeups: wakeups as f64,
            spins: spins as f64,
            spin_hits: spin_hits as f64,
            callbacks: callbacks as f64,
            ring: core.reaps_in_user_space(),
        }
    })
}

/// Takes a queued operation back: whether the kernel had not seen it. It then settles with ECANCELED.
#[napi]
pub fn withdraw_operation(id: f64, slot: u32) -> bool {
    let queue = with(|environment| environment.queues.get(handle(id)).cloned());
    queue.and_then(|queue| queue.withdraw(slot)).unwrap_or(false)
}

pub struct TearDown {
    core: Option<Queue<Linux>>,
}

impl Task for TearDown {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<Self::Output> {
        self.core = None;
        Ok(())
    }

    fn resolve(&mut self, _: Env, (): Self::Output) -> Result<Self::JsValue> {
        Ok(())
    }
}

/// Leaves the loop at once, and destroys the context off it (io_destroy(2): 30 to 50 ms).
#[napi(ts_return_type = "Promise<void>")]
pub fn teardown_context(id: f64) -> AsyncTask<TearDown> {
    let queue = with(|environment| environment.queues.remove(handle(id)));
    AsyncTask::new(TearDown { core: queue.and_then(|queue| queue.detach()) })
}
