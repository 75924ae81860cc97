//! Link set-up of the addon.

fn main() {
    napi_build::setup();
    // Threads and callbacks of the addon may outlive the worker that loaded it: the code must stay mapped.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
}
