//! What a path can do, as data for TypeScript's report.

use std::ffi::CString;

use linux_aio::device::Device;
use linux_aio::error::{Errno, Failure};
use linux_aio::kind::FileKind;
use linux_aio::probe::{self, DirectSupport, Probe};
use napi::bindgen_prelude::{AsyncTask, Either, Uint8Array};
use napi::{Env, Result, Task};
use napi_derive::napi;

use crate::outcome::NativeFailure;

#[napi(object, object_from_js = false)]
pub struct NativeDevice {
    pub name: String,
    pub nr_requests: Option<u32>,
    pub logical_block_size: Option<u32>,
    pub physical_block_size: Option<u32>,
    pub write_cache: Option<bool>,
    pub fua: Option<bool>,
    pub rotational: Option<bool>,
    pub scheduler: Option<String>,
    pub max_sectors_kb: Option<u32>,
    pub max_segments: Option<u32>,
    pub dma_alignment: Option<u32>,
}

#[napi(object, object_from_js = false)]
pub struct NativeProbe {
    pub kind: String,
    pub filesystem: Option<String>,
    pub mount_point: Option<String>,
    /// `yes`, `no` or `unknown`.
    pub direct: String,
    pub direct_reason: Option<String>,
    pub memory: Option<u32>,
    pub offset: Option<u32>,
    pub read: Option<u32>,
    pub source: Option<String>,
    pub device: Option<NativeDevice>,
    pub atomic_unit_min: Option<u32>,
    pub atomic_unit_max: Option<u32>,
    pub aio_in_use: Option<f64>,
    pub aio_limit: Option<f64>,
    /// Negative errno of what making a context failed with, 0 where it works.
    pub aio_errno: i32,
    pub kernel: String,
    pub nowait: String,
    pub blocking: Option<Vec<String>>,
    pub advice: Vec<String>,
}

fn device(device: Device) -> NativeDevice {
    NativeDevice {
        name: device.name,
        nr_requests: device.nr_requests,
        logical_block_size: device.logical_block_size,
        physical_block_size: device.physical_block_size,
        write_cache: device.write_cache,
        fua: device.fua,
        rotational: device.rotational,
        scheduler: device.scheduler,
        max_sectors_kb: device.max_sectors_kb,
        max_segments: device.max_segments,
        dma_alignment: device.dma_alignment,
    }
}

fn native(probe: Probe) -> NativeProbe {
    let (direct, direct_reason) = match probe.direct {
        DirectSupport::Yes => ("yes", None),
        DirectSupport::No(reason) => ("no", Some(reason)),
        DirectSupport::Unknown(reason) => ("unknown", Some(reason)),
    };
    NativeProbe {
        kind: FileKind::as_str(probe.kind).to_owned(),
        filesystem: probe.filesystem,
        mount_point: probe.mount_point.map(|point| point.to_string_lossy().into_owned()),
        direct: direct.to_owned(),
        direct_reason,
        memory: probe.alignment.map(|alignment| alignment.memory),
        offset: probe.alignment.map(|alignment| alignment.offset),
        read: probe.alignment.map(|alignment| alignment.read),
        source: probe.alignment.map(|alignment| alignment.source.as_str().to_owned()),
        device: probe.device.map(device),
        atomic_unit_min: probe.atomic_write.map(|atomic| atomic.unit_min),
        atomic_unit_max: probe.atomic_write.map(|atomic| atomic.unit_max),
        aio_in_use: probe.aio.in_use.map(|count| count as f64),
        aio_limit: probe.aio.limit.map(|count| count as f64),
        aio_errno: probe.aio.setup.err().map_or(0, |failure| -failure.errno.0),
        kernel: probe.kernel.text,
        nowait: probe.nowait.as_str().to_owned(),
        blocking: probe.blocking.map(|list| list.iter().map(|one| one.as_str().to_owned()).collect()),
        advice: probe.advice,
    }
}

pub struct ProbePath {
    path: Vec<u8>,
}

impl Task for ProbePath {
    type Output = std::result::Result<Probe, Failure>;
    type JsValue = Either<NativeProbe, NativeFailure>;

    fn compute(&mut self) -> Result<Self::Output> {
        let invalid = Failure { errno: Errno(libc::EINVAL), syscall: "open" };
        Ok(CString::new(std::mem::take(&mut self.path)).map_err(|_| invalid).and_then(|path| probe::probe(&path)))
    }

    fn resolve(&mut self, _: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(match output {
            Ok(probe) => Either::A(native(probe)),
            Err(failure) => Either::B(failure.into()),
        })
    }
}

/// Looks at a path; bytes without the terminating NUL.
#[napi(ts_return_type = "Promise<NativeProbe | NativeFailure>")]
pub fn probe_path(path: Uint8Array) -> AsyncTask<ProbePath> {
    AsyncTask::new(ProbePath { path: path.to_vec() })
}
