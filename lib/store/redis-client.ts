/** What is asked of a client of Redis, ours or the host's. */

/** The part of an ioredis client that is used. `Redis` and `Cluster` have it, of this ioredis and of the host's. */
export interface RedisClient {
  call(command: string, ...args: (string | number)[]): Promise<unknown>;
  /** Asked only where writes wait for replicas: both commands must reach the same node. */
  pipeline?(commands: (string | number)[][]): { exec(): Promise<[error: Error | null, answer: unknown][] | null> };
  /** Another connection to the same; likewise only then. */
  duplicate?(): RedisClient & Required<Pick<RedisClient, 'on'>> & { disconnect(): void };
  /** Of a Cluster, the connections to its nodes. */
  nodes?(role: 'all' | 'master'): readonly RedisNode[];
  on?(event: 'error' | '+node', listener: (node: RedisNode) => void): unknown;
  off?(event: '+node', listener: (node: RedisNode) => void): unknown;
  /** Of a Cluster, what is done to keys and to the addresses of nodes; likewise. */
  readonly options?: {
    readonly keyPrefix?: string | undefined;
    readonly natMap?: NatMap | undefined;
  };
}

/** A connection to one node of a Cluster. */
export interface RedisNode extends Pick<RedisClient, 'pipeline'> {
  asking(...given: unknown[]): Promise<unknown>;
  readonly options: { readonly host?: string | undefined; readonly port?: number | undefined; readonly keyPrefix?: string | undefined };
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

type NatMap = Readonly<Record<string, Address>> | ((address: string) => Address | null);

/** Where a server is by which Redis says "host:port", of IPv6 without brackets; it may go by another name where the client is. */
export function located(natMap: NatMap | undefined, address: string): Address {
  const at = address.lastIndexOf(':');
  const elsewhere = typeof natMap === 'function' ? natMap(address) : natMap?.[address];
  return elsewhere ?? { host: address.slice(0, at), port: Number(address.slice(at + 1)) };
}

/** With its arguments. */
export type Command = [command: string, ...args: (string | number)[]];
