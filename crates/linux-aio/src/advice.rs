//! What a probe's facts mean for the user, in plain words.

use crate::blocking::Backend;
use crate::device::Device;
use crate::error::{Errno, Failure};
use crate::kernel::NowaitPolicy;
use crate::kind::FileKind;
use crate::probe::{DirectSupport, Probe};

/// A context of the default depth asks for as many events.
const USUAL_DEPTH: u64 = 128;

/// The sentences for `probe`, most important first.
pub(crate) fn advise(probe: &Probe) -> Vec<String> {
    let mut advice = Vec::new();
    advice.extend(access(probe));
    advice.extend(limits(probe));
    if !matches!(probe.direct, DirectSupport::No(_)) {
        advice.extend(blocking(probe.backend).map(str::to_owned));
        advice.extend(alignment(probe));
        if let Some(device) = &probe.device {
            advice.extend(durability(device).map(str::to_owned));
            advice.extend(depth(device));
        }
        advice.extend(atomic(probe));
        advice.extend(nowait(probe));
    }
    advice
}

fn access(probe: &Probe) -> Option<String> {
    match &probe.direct {
        DirectSupport::Yes => None,
        DirectSupport::No(reason) => Some(format!("Direct I/O is not possible here: {reason}.")),
        DirectSupport::Unknown(reason) => Some(format!("Whether direct I/O works here is not known: {reason}.")),
    }
}

fn limits(probe: &Probe) -> Option<String> {
    let aio = &probe.aio;
    match (aio.setup, aio.in_use, aio.limit) {
        (Err(Failure { errno: Errno(libc::EAGAIN), .. }), _, _) => {
            Some("No Linux AIO: fs.aio-max-nr is spent. Raise it: sysctl fs.aio-max-nr=1048576.".to_owned())
        }
        (Err(failure), _, _) => Some(format!("No Linux AIO: {failure} ({}).", failure.errno)),
        (Ok(()), Some(used), Some(limit)) if limit.saturating_sub(used) < USUAL_DEPTH => Some(format!(
            "Only {} of fs.aio-max-nr's {limit} events are left: a queue of depth {USUAL_DEPTH} will not fit.",
            limit.saturating_sub(used),
        )),
        _ => None,
    }
}

const fn blocking(backend: Backend) -> Option<&'static str> {
    match backend {
        Backend::Ext4 => Some(
            "Reads and overwrites run asynchronously; writes that extend the file block inside \
             io_submit (ext4): set the size first.",
        ),
        Backend::Overlay => Some(
            "What is below an overlay cannot be seen: expect writes that extend the file to block inside \
             io_submit, and set the size first.",
        ),
        Backend::Xfs => Some(
            "Reads and writes run asynchronously (xfs), one write that extends the file too; several of them wait for \
             each other inside io_submit, as do writes of less than a block into new space: set the size first.",
        ),
        Backend::Btrfs => Some(
            "Reads run asynchronously; every write blocks inside io_submit and goes through the page cache \
             (btrfs with checksums). chattr +C on the directory, before the file is made, gives up checksums \
             for asynchronous writes.",
        ),
        Backend::BtrfsNoCow => Some(
            "Reads and writes run asynchronously (btrfs without checksums); only writes of less than a \
             block block inside io_submit.",
        ),
        Backend::Memory => {
            Some("The file lives in memory: every operation completes inside io_submit, and direct I/O gains nothing.")
        }
        Backend::BlockDevice => Some("Reads and writes run asynchronously (block device)."),
        Backend::MemoryDevice => Some("The device lives in memory: every operation completes inside io_submit."),
        Backend::Other => Some("Whether operations block inside io_submit is not known here: measure it."),
    }
}

fn alignment(probe: &Probe) -> Option<String> {
    let alignment = probe.alignment?;
    let reads =
        if alignment.read == alignment.offset { String::new() } else { format!(" (reads: {})", alignment.read) };
    let what = if probe.kind == FileKind::Directory { "A new file here wants" } else { "It wants" };
    Some(format!(
        "{what} positions and lengths in multiples of {} bytes{reads} and memory at multiples of {}: \
         other writes cost a read before them, other memory a copy.",
        alignment.offset, alignment.memory,
    ))
}

const fn durability(device: &Device) -> Option<&'static str> {
    match (device.write_cache, device.fua) {
        (Some(true), Some(true)) => {
            Some("The device has a write cache and FUA: a write with dsync is durable without flushing the cache.")
        }
        (Some(true), _) => Some(
            "The device has a write cache and no FUA: each dsync write flushes all of it. Write many, wait \
             for them, then one datasync.",
        ),
        (Some(false), _) => Some(
            "The device says that it has no volatile write cache: what it has completed is durable once \
             the file's metadata is, after a datasync.",
        ),
        (None, _) => None,
    }
}

fn depth(device: &Device) -> Option<String> {
    let count = device.nr_requests?;
    Some(format!("The device queue holds {count} requests: more in flight than that sleep inside io_submit."))
}

fn atomic(probe: &Probe) -> Option<String> {
    let limits = probe.atomic_write?;
    Some(format!(
        "Writes of {} to {} bytes can be atomic, if a power of two and at a multiple of their own length.",
        limits.unit_min, limits.unit_max,
    ))
}

fn nowait(probe: &Probe) -> Option<String> {
    let text = match (probe.nowait_supported, probe.nowait) {
        (Some(false), _) => "This file does not know RWF_NOWAIT: an operation with nowait fails with ENOTSUP.",
        (_, NowaitPolicy::Never) => "This kernel is too old for RWF_NOWAIT.",
        (_, NowaitPolicy::Reads) => "RWF_NOWAIT is of use for reads; this kernel refuses writes too often.",
        (_, NowaitPolicy::Always) => return None,
    };
    Some(text.to_owned())
}
