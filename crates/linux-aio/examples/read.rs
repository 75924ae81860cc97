//! Reads a whole file past the page cache with 32 reads in flight:
//! `cargo run --release -p linux-aio --example read -- FILE`

use std::error::Error;
use std::ffi::CString;
use std::sync::Arc;
use std::time::Instant;

use linux_aio::file::File;
use linux_aio::operation::{Manner, Memory, Operation};
use linux_aio::pool::{Pool, PoolOptions};
use linux_aio::queue::{Queue, QueueOptions};
use linux_aio::sys::Linux;

const BLOCK: usize = 256 << 10;
const IN_FLIGHT: u32 = 32;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: read FILE")?;
    let file = Arc::new(File::open(&CString::new(path)?, libc::O_RDONLY, 0)?);
    let pool = Pool::new(&PoolOptions::default())?;
    let mut queue = Queue::new(Linux, QueueOptions { depth: IN_FLIGHT, ..QueueOptions::default() }, None)?;

    let began = Instant::now();
    let mut blocks = (0..file.size()).step_by(BLOCK);
    let mut free: Vec<u32> = (0..IN_FLIGHT).collect();
    let (mut bytes, mut sum) = (0u64, 0u64);
    loop {
        while let Some(slot) = free.pop() {
            let Some(offset) = blocks.next() else { break };
            let memory = Memory::Block(pool.acquire(BLOCK)?);
            let read = Operation::read(Arc::clone(&file), memory, offset, Manner::default())?;
            queue.push(slot, read)?;
        }
        queue.submit();
        if queue.outstanding() == 0 {
            break;
        }
        let mut failed = None;
        queue.wait(IN_FLIGHT as usize, None, |done| {
            free.push(done.slot);
            let Ok(count) = usize::try_from(done.result) else {
                failed = Some(std::io::Error::from_raw_os_error(-done.result as i32));
                return;
            };
            bytes += count as u64;
            // Dropped at the end of this closure, the block goes back to the pool.
            if let Some(Memory::Block(block)) = done.operation.map(Operation::into_memory) {
                sum = block[..count].iter().fold(sum, |sum, &byte| sum.wrapping_add(byte.into()));
            }
        });
        if let Some(error) = failed {
            return Err(error.into());
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    println!("{bytes} bytes, byte sum {sum}, {:.0} MB/s", bytes as f64 / seconds / 1e6);
    Ok(())
}
