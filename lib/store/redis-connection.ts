/** Our own connection to Redis: one node, Sentinel or Cluster. */
import { Cluster, type ClusterNode, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import type { Log } from '../platform/log.js';
import type { Address, RedisNode } from './redis-client.js';
import { watchFailovers } from './redis-sentinel.js';
import { sendTogether } from './redis-together.js';

/** A Redis Cluster, by some of its nodes; the others are found. Besides, what holds for each connection: `username`, `password`, `tls`. */
export interface ClusterSource extends RedisOptions {
  /** URLs, or hosts with ports. */
  readonly cluster: readonly ClusterNode[];
}

export type RedisSource = string | RedisOptions | ClusterSource;

/** A connection, and how it is let go of. */
export interface RedisConnection<Client> {
  readonly client: Client;
  /** Another to the same, for what would hold up the first. It ends with the first. */
  second(): Client;
  close(): Promise<void>;
}

const retryStrategy = (times: number) => Math.min(times * 100, 1000);

const ownSettings = {
  autoResendUnfulfilledCommands: false, // with the connection fails what was sent on it: whoever waits is told, and may try again
  maxRetriesPerRequest: 0, // what comes later waits for one attempt
  retryStrategy,
  connectTimeout: 2000,
  socketTimeout: 2000, // a Redis that fell silent without closing is left, and looked for anew
  sentinelCommandTimeout: 1000, // one that hangs: the next is asked
  disconnectTimeout: 200, // ioredis leaves it out of its types; by default a process whose Redis is gone needs 2 s to end
  enableTLSForSentinelMode: true, // if there is `tls`; ioredis would send the password in the clear
  disableClientInfo: true, // one right less that a user of the ACL needs
};

const clusterSettings: ClusterOptions = {
  clusterRetryStrategy: () => null, // see lookAgain
  scaleReads: 'master', // replicas may be behind
  slotsRefreshTimeout: 2000,
};

/** What only a replica says: of a write, and of WAIT. */
const saysReplica = /^READONLY|^ERR WAIT cannot be used with replica/;

/** That it is lost, and that it is back, is one line each in the log, however often it was tried in between. */
export function connect(source: RedisSource, log: Log): RedisConnection<Redis | Cluster> {
  const clients: (Redis | Cluster)[] = [];
  let isLost = false;
  let isClosed = false;
  let isLookingElsewhere = false;
  let looking: NodeJS.Timeout | undefined;

  /**
   * After a failover behind one DNS name we would stay with what is a replica now. The command fails, and the next finds the new primary; so
   * does what is read, by whichever connection it was noticed. Once a second at most: it may also be a replica that nobody has promoted.
   */
  function reconnectOnError({ message }: Error): boolean {
    if (isLookingElsewhere || !saysReplica.test(message)) return false;
    lookElsewhere();
    return true; // that of a Cluster is a connection to one node
  }

  function lookElsewhere(): void {
    isLookingElsewhere = true;
    clearTimeout(looking);
    looking = setTimeout(() => {
      isLookingElsewhere = false;
    }, 1000).unref();
    for (const client of clients) if (client instanceof Redis) leave(client);
  }

  /**
   * A Cluster that tries again by itself keeps what it is asked while it is away, and does all of it when it is back, however long ago the answer
   * was no. So it gives up each time, which refuses what waits, and is told to try again.
   */
  function lookAgain(cluster: Cluster): void {
    let attempts = 0;
    cluster.on('ready', () => {
      attempts = 0;
    });
    cluster.on('end', () => {
      attempts += 1;
      setTimeout(() => {
        if (!isClosed) cluster.connect().catch(() => {}); // it tells by its events
      }, retryStrategy(attempts)).unref();
    });
  }

  function open(): Redis | Cluster {
    const client = clientFor(source, { ...ownSettings, reconnectOnError }, (address) => watch?.natMap(address) ?? null);
    clients.push(client);
    if (client instanceof Cluster) {
      lookAgain(client);
      client.on('+node', handleAsking);
      client.on('+node', sendTogether);
    } else sendTogether(client);
    return client;
  }
  const client = open();
  const watch = isBehindSentinel(source) ? watchFailovers(source, ownSettings, lookElsewhere, tellDeaf) : undefined;

  function tellDeaf(error: Error, sentinel: string): void {
    log.warn(
      `The sentinel ${sentinel} does not tell of failovers (${reasonOf(error)}). They may be noticed late, and what is written meanwhile be lost.`,
    );
  }

  function lose(error?: Error): void {
    if (!isLost && !isClosed) log.warn(`Redis cannot be reached (${reasonOf(error)}). Requests are refused until it is back.`);
    isLost = true;
  }
  client.on('error', lose);
  client.on('close', () => {
    if (!isLookingElsewhere) lose();
  });
  client.on('ready', () => {
    if (isLost) log.warn('Redis is back.');
    isLost = false;
  });

  return {
    client,
    second() {
      const second = open();
      second.on('error', () => {}); // the first tells of it
      return second;
    },
    async close() {
      isClosed = true; // on purpose, so nobody needs to be told
      watch?.close();
      for (const each of clients) each.disconnect();
    },
  };
}

/**
 * While ioredis asks a sentinel for the primary, it takes this for the end, for good. So what is on its way leaves when it has arrived, in case it was
 * sent to the old one.
 */
function leave(client: Redis): void {
  const go = () => client.disconnect(true);
  if (client.status !== 'connecting') {
    go();
    return;
  }
  client.once('connect', go);
  client.once('close', () => client.off('connect', go)); // it never arrived, and the next will be sent to the new one
}

function clientFor(source: RedisSource, settings: RedisOptions, natMap: (address: string) => Address | null): Redis | Cluster {
  if (typeof source === 'string') return new Redis(source, { ...settings, replyMapping: 'legacy' });
  if (!isCluster(source)) return new Redis({ ...settings, ...source, natMap, replyMapping: 'legacy' });
  const { cluster, ...redisOptions } = source;
  return new Cluster([...cluster], { ...clusterSettings, redisOptions: { ...settings, ...redisOptions, replyMapping: 'legacy' } });
}

function isCluster(source: RedisOptions | ClusterSource): source is ClusterSource {
  return 'cluster' in source;
}

function isBehindSentinel(source: RedisSource): source is RedisOptions {
  return typeof source !== 'string' && !isCluster(source) && source.sentinels !== undefined;
}

const handled = new WeakSet<object>();

/**
 * ioredis asks a node to which a slot is moving for leave, and does not look at the answer. If it is no, or the connection is lost before
 * it comes, that would end the process; the command that follows fails anyway.
 */
export function handleAsking(node: Pick<RedisNode, 'asking'>): void {
  if (handled.has(node)) return; // of a host with several routers
  handled.add(node);
  const asking = node.asking.bind(node);
  node.asking = (...given) => {
    const answer = asking(...given);
    answer.catch(() => {});
    return answer;
  };
}

/** The code alone, as in ECONNREFUSED or WRONGPASS: messages may repeat parts of the URL or of AUTH. */
function reasonOf(error: (Error & { code?: string; lastNodeError?: Error }) | undefined): string {
  if (error?.lastNodeError) return reasonOf(error.lastNodeError);
  const { code, message = '' } = error ?? {};
  const [, word] = /(?:^|Last error: )(?:connect )?([A-Z]{3,})\b/.exec(message) ?? [];
  return code ?? word ?? (message.startsWith('All sentinels') ? 'no sentinel answers' : 'the connection was closed');
}
