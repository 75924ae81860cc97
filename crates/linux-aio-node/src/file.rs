//! Opening, looking at and changing files, off the event loop.

use std::ffi::CString;
use std::os::fd::AsRawFd;
use std::sync::Arc;

use linux_aio::acl::copy_access_list;
use linux_aio::error::{Errno, Failure};
use linux_aio::file::File;
use linux_aio::opening::OpenError;
use linux_aio::operation::Operation;
use linux_aio::record;
use linux_aio::stat::Stat;
use linux_aio::times::{Moment, set_times};
use napi::bindgen_prelude::{AsyncTask, Either, Float64Array, Uint8Array};
use napi::{Env, Result, Task};
use napi_derive::napi;

use crate::environment::{handle, with};
use crate::outcome::NativeFailure;

#[napi(object, object_from_js = false)]
pub struct NativeFile {
    pub handle: f64,
    pub fd: i32,
    /// Bytes; of a block device its capacity.
    pub size: f64,
    /// The same for all names and nodes of the same data.
    pub identity: String,
    pub block_device: bool,
    pub direct: bool,
    pub append: bool,
    pub memory: u32,
    pub offset: u32,
    pub read: u32,
    /// Who told the alignment.
    pub source: String,
}

/// An outcome that is either a value or a system call's failure.
pub(crate) type Outcome<T> = std::result::Result<T, Failure>;

pub struct OpenFile {
    path: Vec<u8>,
    flags: i32,
    mode: u32,
    direct: bool,
}

impl Task for OpenFile {
    type Output = std::result::Result<File, OpenError>;
    type JsValue = Either<NativeFile, NativeFailure>;

    fn compute(&mut self) -> Result<Self::Output> {
        let invalid = Failure { errno: Errno(libc::EINVAL), syscall: "open" };
        let path = CString::new(std::mem::take(&mut self.path)).map_err(|_| OpenError::Failure(invalid));
        let open = if self.direct { File::open } else { File::open_buffered };
        Ok(path.and_then(|path| open(&path, self.flags, self.mode)))
    }

    fn resolve(&mut self, _: Env, output: Self::Output) -> Result<Self::JsValue> {
        let file = match output {
            Ok(file) => file,
            Err(error) => return Ok(Either::B(refusal(error))),
        };
        let alignment = file.alignment();
        let (device, inode) = file.identity();
        let mut native = NativeFile {
            handle: 0.0,
            fd: file.fd().as_raw_fd(),
            size: file.size() as f64,
            identity: format!("{device}:{inode}"),
            block_device: file.block_device(),
            direct: file.direct(),
            append: file.append(),
            memory: alignment.memory,
            offset: alignment.offset,
            read: alignment.read,
            source: alignment.source.as_str().to_owned(),
        };
        let Some(handle) = with(|environment| environment.registry.files.insert(Arc::new(file))) else {
            return Ok(Either::B(NativeFailure::new(Errno(libc::ENFILE), "open")));
        };
        native.handle = handle as f64;
        Ok(Either::A(native))
    }
}

fn refusal(error: OpenError) -> NativeFailure {
    let (reason, detail) = match error {
        OpenError::Failure(failure) => return failure.into(),
        OpenError::Unsupported(kind) => ("unsupported", kind.to_string()),
        OpenError::NoDirect(filesystem) => ("no-direct", filesystem),
    };
    NativeFailure {
        reason: Some(reason.to_owned()),
        detail: Some(detail),
        ..NativeFailure::new(Errno(libc::EINVAL), "open")
    }
}

/// open(2), with O_DIRECT where `direct`; `path` is bytes without the terminating NUL.
#[napi(ts_return_type = "Promise<NativeFile | NativeFailure>")]
pub fn open_file(path: Uint8Array, flags: i32, mode: u32, direct: bool) -> AsyncTask<OpenFile> {
    AsyncTask::new(OpenFile { path: path.to_vec(), flags, mode, direct })
}

pub(crate) fn file(handle_value: f64, syscall: &'static str) -> Outcome<Arc<File>> {
    with(|environment| environment.registry.files.get(handle(handle_value)).cloned())
        .ok_or(Failure { errno: Errno(libc::EBADF), syscall })
}

#[napi(object, object_from_js = false)]
pub struct NativeStat {
    /// Bytes; of a block device its capacity.
    pub size: f64,
    /// Allocated, in units of 512 bytes.
    pub blocks: f64,
    /// Preferred bytes of one I/O.
    pub block_size: f64,
}

pub struct StatFile {
    file: Outcome<Arc<File>>,
}

impl Task for StatFile {
    type Output = Outcome<Stat>;
    type JsValue = Either<NativeStat, NativeFailure>;

    fn compute(&mut self) -> Result<Self::Output> {
        Ok(self.file.as_ref().map_err(|failure| *failure).and_then(|file| file.stat()))
    }

    fn resolve(&mut self, _: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(match output {
            Ok(stat) => Either::A(NativeStat {
                size: stat.size as f64,
                blocks: stat.blocks as f64,
                block_size: stat.block_size as f64,
            }),
            Err(failure) => Either::B(failure.into()),
        })
    }
}

/// fstat(2).
#[napi(ts_return_type = "Promise<NativeStat | NativeFailure>")]
pub fn stat_file(file_handle: f64) -> AsyncTask<StatFile> {
    AsyncTask::new(StatFile { file: file(file_handle, "fstat") })
}

enum Change {
    Truncate { length: u64 },
    CutBack { length: u64, padded: u64, reserved: u64 },
    Preallocate { offset: u64, length: u64, keep_size: bool },
    DropCached,
    SetTimes { accessed: Moment, modified: Moment },
    CopyAccessList { model: Vec<u8> },
}

pub struct ChangeFile {
    file: Outcome<Arc<File>>,
    change: Change,
}

impl Task for ChangeFile {
    type Output = Outcome<()>;
    type JsValue = Option<NativeFailure>;

    fn compute(&mut self) -> Result<Self::Output> {
        Ok(self.file.as_ref().map_err(|failure| *failure).and_then(|file| match &self.change {
            Change::Truncate { length } => file.truncate(*length),
            Change::CutBack { length, padded, reserved } => file.cut_back(*length, *padded, *reserved),
            Change::Preallocate { offset, length, keep_size } => file.preallocate(*offset, *length, *keep_size),
            Change::DropCached => file.drop_cached(),
            Change::SetTimes { accessed, modified } => set_times(file, *accessed, *modified),
            Change::CopyAccessList { model } => {
                let invalid = Failure { errno: Errno(libc::EINVAL), syscall: "getxattr" };
                let model = CString::new(model.clone()).map_err(|_| invalid)?;
                copy_access_list(&model, file)
            }
        }))
    }

    fn resolve(&mut self, _: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(output.err().map(NativeFailure::from))
    }
}

/// ftruncate(2).
#[napi(ts_return_type = "Promise<NativeFailure | null>")]
pub fn truncate_file(file_handle: f64, length: f64) -> AsyncTask<ChangeFile> {
    let change = Change::Truncate { length: length as u64 };
    AsyncTask::new(ChangeFile { file: file(file_handle, "ftruncate"), change })
}

/// ftruncate(2) to `length` where the file ends behind it and not behind `padded`; space up to `reserved` stays reserved.
#[napi(ts_return_type = "Promise<NativeFailure | null>")]
pub fn cut_file_back(file_handle: f64, length: f64, padded: f64, reserved: f64) -> AsyncTask<ChangeFile> {
    let change = Change::CutBack { length: length as u64, padded: padded as u64, reserved: reserved as u64 };
    AsyncTask::new(ChangeFile { file: file(file_handle, "ftruncate"), change })
}

/// fallocate(2).
#[napi(ts_return_type = "Promise<NativeFailure | null>")]
pub fn preallocate_file(file_handle: f64, offset: f64, length: f64, keep_size: bool) -> AsyncTask<ChangeFile> {
    let change = Change::Preallocate { offset: offset as u64, length: length as u64, keep_size };
    AsyncTask::new(ChangeFile { file: file(file_handle, "fallocate"), change })
}

/// posix_fadvise(2): has the page cache forget the file, as far as it is on the disk.
#[napi(ts_return_type = "Promise<NativeFailure | null>")]
pub fn drop_cached(file_handle: f64) -> AsyncTask<ChangeFile> {
    AsyncTask::new(ChangeFile { file: file(file_handle, "fadvise"), change: Change::DropCached })
}

/// futimens(2): seconds since 1970, rounded down, and nanoseconds since then, of the last access and of the last change.
#[napi(ts_return_type = "Promise<NativeFailure | null>")]
pub fn set_file_times(
    file_handle: f64,
    accessed: f64,
    accessed_nanoseconds: u32,
    modified: f64,
    modified_nanoseconds: u32,
) -> AsyncTask<ChangeFile> {
    let accessed = Moment { seconds: accessed as i64, nanoseconds: accessed_nanoseconds };
    let modified = Moment { seconds: modified as i64, nanoseconds: modified_nanoseconds };
    AsyncTask::new(ChangeFile { file: file(file_handle, "futimens"), change: Change::SetTimes { accessed, modified } })
}

/// getxattr(2), fsetxattr(2): the access control list of what is at a path, which is bytes without the terminating NUL.
#[napi(ts_return_type = "Promise<NativeFailure | null>")]
pub fn copy_access_list_of(file_handle: f64, model: Uint8Array) -> AsyncTask<ChangeFile> {
    let change = Change::CopyAccessList { model: model.to_vec() };
    AsyncTask::new(ChangeFile { file: file(file_handle, "fsetxattr"), change })
}

pub struct CarryOut {
    operation: std::result::Result<Operation, Errno>,
}

impl Task for CarryOut {
    type Output = i64;
    type JsValue = f64;

    fn compute(&mut self) -> Result<Self::Output> {
        Ok(self.operation.as_ref().map_or_else(|errno| errno.as_result(), Operation::run))
    }

    fn resolve(&mut self, _: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(output as f64)
    }
}

/// Carries the operation of one record out on one of the runtime's threads: bytes, or a negative errno.
#[napi(ts_return_type = "Promise<number>")]
pub fn carry_out(record: Float64Array) -> AsyncTask<CarryOut> {
    AsyncTask::new(CarryOut { operation: with(|environment| record::single(&environment.registry, &record)) })
}

pub struct CloseFile {
    file: Option<Arc<File>>,
}

impl Task for CloseFile {
    type Output = Outcome<()>;
    type JsValue = Option<NativeFailure>;

    fn compute(&mut self) -> Result<Self::Output> {
        let Some(file) = self.file.take() else {
            return Ok(Err(Failure { errno: Errno(libc::EBADF), syscall: "close" }));
        };
        // An operation that still has the file closes it when it is done.
        Ok(Arc::try_unwrap(file).map_or(Ok(()), File::close))
    }

    fn resolve(&mut self, _: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(output.err().map(NativeFailure::from))
    }
}

/// Forgets the file at once, and closes it off the loop: close(2).
#[napi(ts_return_type = "Promise<NativeFailure | null>")]
pub fn close_file(file_handle: f64) -> AsyncTask<CloseFile> {
    let file = with(|environment| environment.registry.files.remove(handle(file_handle)));
    AsyncTask::new(CloseFile { file })
}
