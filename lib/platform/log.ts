/** Where warnings and errors for the operator go. Secrets, codes and tokens are never passed to it. */

/** The part of `console` that is used; most loggers (pino, winston) fit as they are. */
export interface Log {
  warn(message: string): void;
  error(message: string, cause?: unknown): void;
}

export const consoleLog: Log = {
  warn: (message) => console.warn(`[oauth] ${message}`),
  error: (message, cause) => (cause === undefined ? console.error(`[oauth] ${message}`) : console.error(`[oauth] ${message}`, cause)),
};
