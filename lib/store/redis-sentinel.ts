/** Sentinel tells when it has replaced the primary, which may live on, or be back without what it knew: whoever is with it leaves at once. */
import { Redis, type RedisOptions } from 'ioredis';
import { systemClock } from '../platform/clock.js';
import { type Address, located } from './redis-client.js';

export interface FailoverWatch {
  /** Leads ioredis, as its option, past what is known to have been replaced. */
  readonly natMap: (address: string) => Address;
  close(): void;
}

/** For so many seconds what one sentinel tells may be news to the others, which are asked in turns. They tell each other every two. */
const spreading = 5;

/**
 * For so many seconds one failover is told: the sentinel that leads sends its own clients to the new primary when all replicas follow it, or after
 * `failover-timeout`, which is 180 seconds unless it is set.
 */
const telling = 300;

const sentinelPort = 26379;

/** Who may not listen asks again after so many milliseconds: the right is often given after the first line in the log has said that it is missing. */
const untilAskedAgain = 60_000;

/**
 * What tells of it, and at which of its words there are the name, the old address and the new. The sentinel that leads says the first when it
 * sees the promotion; each says the second when it sends its own clients to the new one.
 */
const tellings: Readonly<Record<string, { readonly name: number; readonly old: number; readonly primary: number }>> = {
  '+promoted-slave': { name: 5, old: 6, primary: 2 },
  '+switch-master': { name: 0, old: 1, primary: 3 },
};

/**
 * Where Sentinel orders a failover, or cannot see the primary while we can, the old one would go on for ten seconds and more, and lose what it
 * takes. ioredis could watch, too; but it tells the console of each sentinel that is away, once a minute.
 *
 * @param settings - Of the connections to the sentinels, besides those of the source that are theirs.
 * @param leave - Called at each failover: whatever is connected, or on the way, may have been led to the old one.
 * @param tell - Told why a sentinel does not let itself be listened to, and which; once, until it does.
 */
export function watchFailovers(
  source: RedisOptions,
  settings: RedisOptions,
  leave: () => void,
  tell: (error: Error, sentinel: string) => void,
): FailoverWatch {
  const replacements = new Map<string, { readonly by: string; readonly until: number }>();
  let told = { primary: '', until: 0 };
  let isClosed = false;

  /** Never in a circle: nothing replaces the one that was told last, itself neither. */
  function newest(address: string): string {
    const found = replacements.get(address);
    return found && systemClock() < found.until ? newest(found.by) : address;
  }

  function hear(channel: string, message: string): void {
    const words = message.split(' ');
    const at = tellings[channel];
    if (!at || words[at.name] !== source.name) return;
    const [old, primary] = [at.old, at.primary].map((place) => words.slice(place, place + 2).join(':')) as [string, string];
    const now = systemClock();
    const isNews = primary !== told.primary || now >= told.until;
    told = { primary, until: now + telling };
    replacements.delete(primary);
    if (primary !== old) replacements.set(old, { by: primary, until: now + spreading }); // else its name is that of another server now
    if (isNews) leave();
  }

  const watchers = (source.sentinels ?? []).map((sentinel) => {
    const watcher = new Redis({ ...settings, ...connectionTo(sentinel, source), replyMapping: 'legacy' });
    let again: NodeJS.Timeout | undefined;
    let isTold = false;

    /** On each connection anew. ioredis would do it, too; but does not look at the answer, so that a no would end the process. */
    async function listen(): Promise<void> {
      if (watcher.status !== 'ready') return;
      try {
        await watcher.subscribe(...Object.keys(tellings));
        isTold = false;
      } catch (error) {
        refuse(error as Error);
      }
    }

    /** That a connection is lost, or not to be had, is told by whoever looks for the primary. */
    function refuse(error: Error): void {
      if (isClosed || error.name !== 'ReplyError') return;
      if (!isTold) tell(error, `${sentinel.host}:${sentinel.port ?? sentinelPort}`);
      isTold = true;
      clearTimeout(again);
      again = setTimeout(listen, untilAskedAgain).unref();
    }

    watcher.on('error', refuse);
    watcher.on('message', hear);
    watcher.on('ready', listen);
    return watcher;
  });

  return {
    natMap: (address) => located(source.natMap, newest(address)),
    close() {
      isClosed = true;
      for (const watcher of watchers) watcher.disconnect();
    },
  };
}

/** As ioredis itself connects to them. */
function connectionTo({ host, port = sentinelPort, family }: Partial<Address & { family: number }>, source: RedisOptions): RedisOptions {
  const { sentinelUsername: username, sentinelPassword: password, sentinelTLS: tls, connectTimeout } = source;
  const given = { host, family: family ?? source.family, username, password, tls, connectTimeout };
  const named = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...named, port, enableReadyCheck: false, autoResubscribe: false };
}
