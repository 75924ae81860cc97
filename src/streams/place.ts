import type { OpenFile } from '../open-file.js';
import { sizeOf } from '../size.js';

/** Where in a file the bytes of a stream go, while it has any that are not written. */
export interface Place {
  /** The position of the next byte, as soon as it is the stream's turn. */
  begin: () => Promise<number>;
  /** All is written up to a position. Whether the next byte asks for the position again. */
  end: (position: number) => boolean;
}

/** From a position on that is the stream's own. */
function fromPosition(start: number): Place {
  return { begin: async () => Promise.resolve(start), end: () => false };
}

/** At the end of the file, wherever it is when the time has come. */
function atEnd(file: OpenFile): Place {
  return { begin: async () => sizeOf(file), end: () => true };
}

/** Where the last call without a position ended, one after the other. */
function inTurn(file: OpenFile): Place {
  let leave: (position: number) => void;
  return {
    begin: async () =>
      new Promise((enter, refuse) => {
        const turn = async (position: number): Promise<number> =>
          new Promise((resolve) => {
            leave = resolve;
            enter(position);
          });
        file.sequentially(turn, (position) => position).catch(refuse);
      }),
    end: (position) => {
      leave(position);
      return true;
    },
  };
}

/** Where a stream that was told to begin at `start`, or nothing of the kind, writes. */
export function placeIn(file: OpenFile, start: number | undefined): Place {
  if (file.facts.append) return atEnd(file);
  return start === undefined ? inTurn(file) : fromPosition(start);
}
