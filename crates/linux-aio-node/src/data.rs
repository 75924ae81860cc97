//! Where a file holds data, off the event loop.

use std::sync::Arc;

use linux_aio::data::DataRanges;
use linux_aio::file::File;
use napi::bindgen_prelude::{AsyncTask, Either, Float64Array};
use napi::{Env, Result, Task};
use napi_derive::napi;

use crate::file::{Outcome, file};
use crate::outcome::NativeFailure;

pub struct FindData {
    file: Outcome<Arc<File>>,
    from: u64,
    count: usize,
}

impl Task for FindData {
    type Output = Outcome<Vec<f64>>;
    type JsValue = Either<Float64Array, NativeFailure>;

    fn compute(&mut self) -> Result<Self::Output> {
        let file = match &self.file {
            Ok(file) => file,
            Err(failure) => return Ok(Err(*failure)),
        };
        let ranges = DataRanges::new(file, self.from).take(self.count);
        let bounds = ranges.map(|range| range.map(|range| [range.start as f64, range.end as f64]));
        Ok(bounds.collect::<Outcome<Vec<_>>>().map(|bounds| bounds.concat()))
    }

    fn resolve(&mut self, _: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(match output {
            Ok(bounds) => Either::A(Float64Array::new(bounds)),
            Err(failure) => Either::B(failure.into()),
        })
    }
}

/// lseek(2) with SEEK_DATA and SEEK_HOLE: start and end, again and again, of at most `count` parts that hold data, at or behind
/// the byte `from`. Fewer: there are no more.
#[napi(ts_return_type = "Promise<Float64Array | NativeFailure>")]
pub fn find_data(file_handle: f64, from: f64, count: u32) -> AsyncTask<FindData> {
    AsyncTask::new(FindData { file: file(file_handle, "lseek"), from: from as u64, count: count as usize })
}
