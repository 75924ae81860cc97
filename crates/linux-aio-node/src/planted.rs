//! What AddressSanitizer has to see in the addon, or its silence about the tests says nothing.

use std::hint::black_box;

use napi_derive::napi;

/// Reads what was freed.
#[napi]
pub fn use_after_free() -> f64 {
    let value = Box::into_raw(Box::new(7.0));
    // SAFETY: made by `Box::into_raw` just now.
    drop(unsafe { Box::from_raw(value) });
    // SAFETY: none, on purpose.
    black_box(unsafe { value.read() })
}
