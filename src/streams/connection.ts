/** Who is told when a connection closes: one listener each, however many responses wait for their turn on it. */
const watched = new WeakMap<NodeJS.EventEmitter, Set<() => void>>();

interface Connection extends NodeJS.EventEmitter {
  readonly destroyed: boolean;
}

/**
 * The connection of a response that has none yet, as others are before it (HTTP pipelining). Where that closes, nobody tells the
 * response.
 */
export function connectionBefore(writable: object): Connection | undefined {
  const { socket, req } = writable as { socket?: unknown; req?: { socket?: Connection | null } };
  return socket === null ? (req?.socket ?? undefined) : undefined;
}

/** Calls back when the connection closes, unless the returned function was called before. */
export function onClose(connection: Connection, callback: () => void): () => void {
  if (connection.destroyed) process.nextTick(callback);
  const callbacks = watched.get(connection) ?? watch(connection);
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
  };
}

function watch(connection: Connection): Set<() => void> {
  const callbacks = new Set<() => void>();
  watched.set(connection, callbacks);
  connection.once('close', () => {
    for (const callback of callbacks) callback();
  });
  return callbacks;
}
