/** Where warnings and errors for the operator go. Secrets, codes and tokens are never passed to it. */

/**
 * The part of `console` that is used.
 *
 * @example
 * // pino takes the cause first
 * const log: Log = { warn: (message) => logger.warn(message), error: (message, cause) => logger.error({ err: cause }, message) };
 */
export interface Log {
  /** Something that the operator should know. */
  warn(message: string): void;
  /** Something that went wrong, with what caused it: an `Error`, mostly. */
  error(message: string, cause?: unknown): void;
}

export const consoleLog: Log = {
  warn: (message) => console.warn(`[oauth] ${message}`),
  error: (message, cause) => (cause === undefined ? console.error(`[oauth] ${message}`) : console.error(`[oauth] ${message}`, cause)),
};

/** A log of the host's that throws, or whose promise rejects, takes no request with it; what it was told is on the console. */
export function unfailing(log: Log): Log {
  return {
    warn: (message) =>
      told(
        () => log.warn(message),
        () => consoleLog.warn(message),
      ),
    error: (message, cause) =>
      told(
        () => log.error(message, cause),
        () => consoleLog.error(message, cause),
      ),
  };
}

function told(tell: () => unknown, tellConsole: () => void): void {
  (async () => tell())().catch(tellConsole);
}
