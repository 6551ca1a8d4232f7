/** What is asked of a client of Redis, ours or the host's. */

/** The part of an ioredis client that is used. `Redis` and `Cluster` have it, of this ioredis and of the host's. */
export interface RedisClient {
  call(command: string, ...args: (string | number)[]): Promise<unknown>;
  /** Asked only where writes wait for replicas: both commands must reach the same node. */
  pipeline?(commands: (string | number)[][]): { exec(): Promise<[error: Error | null, answer: unknown][] | null> };
  /** Another connection to the same; likewise only then. */
  duplicate?(): RedisClient & { on(event: 'error', listener: () => void): unknown; disconnect(): void };
  /** Of a Cluster, the connections to its nodes; likewise. */
  nodes?(role: 'master'): readonly RedisNode[];
  /** Of a Cluster, what is done to keys and to the addresses of nodes; likewise. */
  readonly options?: {
    readonly keyPrefix?: string | undefined;
    readonly natMap?: Readonly<Record<string, Address>> | ((address: string) => Address | null) | undefined;
  };
}

/** A connection to one node of a Cluster. */
export interface RedisNode extends Pick<RedisClient, 'pipeline'> {
  readonly options: { readonly host?: string | undefined; readonly port?: number | undefined; readonly keyPrefix?: string | undefined };
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** With its arguments. */
export type Command = [command: string, ...args: (string | number)[]];
