/** What the host's own functions may take: rather an error than a request without end. */
import { OAuthError } from '../errors.js';

/** In seconds. */
const patience = 10;

/**
 * @param source - what is asked, for the log
 * @throws OAuthError `temporarily_unavailable`, if there is no answer in time
 */
export async function inTime<T>(ask: () => T | Promise<T>, source: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const cause = new Error(`${source} has not answered within ${patience} seconds.`);
      reject(
        new OAuthError('temporarily_unavailable', 'The service is busy. Please try again.', { headers: { 'Retry-After': '5' }, cause }),
      );
    }, patience * 1000).unref();
  });
  try {
    // The race goes on listening: what fails after its time disturbs nobody.
    return await Promise.race([(async () => ask())(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The members of these names, wherever the host keeps them, a class included; those that are functions have to answer in time. */
export function patient<T extends object>(host: T, names: readonly string[], path: string): T {
  const members = host as Readonly<Record<string, unknown>>;
  const present = names.filter((name) => members[name] !== undefined);
  const wrapped = present.map((name) => [name, typeof members[name] === 'function' ? inTimeOf(members, name, path) : members[name]]);
  return Object.fromEntries(wrapped) as T;
}

function inTimeOf(host: Readonly<Record<string, unknown>>, name: string, path: string) {
  return (...given: readonly unknown[]) =>
    inTime(() => (host[name] as (...given: readonly unknown[]) => unknown).apply(host, [...given]), `${path}.${name}`);
}
