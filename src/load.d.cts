import type * as Binding from './binding.cjs';

/** The native part, or why it could not be loaded. */
export declare const binding: typeof Binding | undefined;
export declare const error: Error | undefined;
