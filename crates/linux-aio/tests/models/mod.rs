//! The hand-over between threads, tried by loom in the orders in which they can run:
//! `RUSTFLAGS="--cfg loom" cargo test --profile simulate --target-dir target/loom --package linux-aio --lib models`.

mod mailbox;
mod office;
mod partner;

/// Tries the orders in which the threads of `model` can run, with so many switches that nothing asked for.
fn explore(preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}
