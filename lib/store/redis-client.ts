/** What is asked of a client of Redis, ours or the host's. */

/** The part of an ioredis client that is used. `Redis` and `Cluster` have it, of this ioredis and of the host's. */
export interface RedisClient {
  call(command: string, ...args: (string | number)[]): Promise<unknown>;
  /** Asked only where writes wait for replicas: both commands must reach the same node. */
  pipeline?(commands: (string | number)[][]): { exec(): Promise<[error: Error | null, answer: unknown][] | null> };
  /** Another connection to the same; likewise only then. */
  duplicate?(): RedisClient & { on(event: 'error', listener: () => void): unknown; disconnect(): void };
  /** Of a Cluster, the connections to its nodes; likewise. */
  nodes?(role: 'master'): readonly (Pick<RedisClient, 'call'> & {
    readonly options: { readonly host?: string | undefined; readonly port?: number | undefined };
  })[];
}

/** With its arguments. */
export type Command = [command: string, ...args: (string | number)[]];
