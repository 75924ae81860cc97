//! What AddressSanitizer has to see, or its silence about the tests says nothing.

use std::hint::black_box;

fn main() {
    let value = Box::into_raw(Box::new(7_u64));
    // SAFETY: made by `Box::into_raw` just now.
    drop(unsafe { Box::from_raw(value) });
    // SAFETY: none, on purpose.
    println!("{}", black_box(unsafe { value.read() }));
}
