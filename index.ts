export type { Alignment } from './src/alignment.js';
export type { BatchError } from './src/batch-error.js';
export type { AlignedBuffer } from './src/aligned-buffer.js';
export { allocate } from './src/allocate.js';
export { BufferPool } from './src/buffer-pool.js';
export type { BufferPoolOptions, BufferPoolStats, SharedMemory } from './src/buffer-pool.js';
export { copyFile } from './src/copy/copy-file.js';
export type { CopyOptions, CopyResult } from './src/copy/copy-file.js';
export { hashFile } from './src/copy/hash-file.js';
export type { HashOptions } from './src/copy/hash-file.js';
export type { Progress, ProgressCallback } from './src/copy/progress.js';
export type { TransferOptions } from './src/copy/transfer-options.js';
export { verifyFile } from './src/copy/verify-file.js';
export type { VerifyResult } from './src/copy/verify-file.js';
export { DirectFile } from './src/direct-file.js';
export type {
  BatchResult,
  Position,
  PreallocateOptions,
  ReadCallback,
  ReadOptions,
  ReadResult,
  WriteCallback,
  WriteOptions,
  WriteResult,
} from './src/file-types.js';
export { AioError } from './src/errors.js';
export type { AioErrorCode, KernelError } from './src/errors.js';
export { open } from './src/open.js';
export type { DirectChoice, FilePath, OpenOptions } from './src/open.js';
export type { OperationOptions, Priority, WriteOperationOptions } from './src/options.js';
export { PreparedBatch } from './src/prepared-batch.js';
export type { PreparedOptions } from './src/prepared-batch.js';
export { probe } from './src/probe.js';
export type { DeviceReport, LimitsReport, ProbeReport } from './src/probe.js';
export type { BatchMode, EngineChoice, SubmissionQueueOptions } from './src/queue-options.js';
export type { QueueStats } from './src/queue-stats.js';
export { SubmissionQueue } from './src/submission-queue.js';
export type { FileData, ReadFileOptions, WriteFileOptions } from './src/whole-file.js';
