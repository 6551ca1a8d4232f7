/** Writes that count only when replicas have them. */
import { systemClock } from '../platform/clock.js';
import type { Command, RedisClient } from './redis-client.js';
import type { InTime } from './redis-deadline.js';

/**
 * A write that fewer replicas have than this is answered as if it had failed; it may have taken place, but for those that come after one that
 * failed. See WAIT of Redis.
 */
export interface ReplicaWait {
  readonly replicas: number;
  /** In seconds. */
  readonly timeout: number;
}

/**
 * WAIT holds up all that comes after it on its connection, for its whole time if a replica is gone. So writes have a connection of their own, which
 * what is read goes past; and what is on it may still take place long after the answer was no, so it is not much.
 */
const mostAtOnce = 16;

/** For so many seconds no write may have failed before the replicas are taken at their word again. */
const doubtful = 60;

/**
 * A write that no replica has received has taken place all the same, and whoever repeats it later is taken for a thief. So after one that
 * failed, and at the start, the replicas are asked before each write: what they could not receive is not written at all. Nor is what is late
 * before its turn comes.
 */
export function replicating(client: RedisClient, wait: ReplicaWait, inTime: InTime) {
  const inTurn = turns(mostAtOnce);
  let isDoubtful = true;
  let failedAt = systemClock();

  return <T>(read: (answer: unknown) => T, ...command: Command): Promise<T> =>
    inTime((checkInTime) =>
      inTurn(async () => {
        checkInTime();
        try {
          if (isDoubtful) {
            await checkReplicas(client, wait, command);
            checkInTime();
          }
          const answer = await replicated(client, wait, command);
          if (systemClock() - failedAt >= doubtful) isDoubtful = false;
          return read(answer);
        } catch (error) {
          isDoubtful = true;
          failedAt = systemClock();
          throw error;
        }
      }),
    );
}

/** Lets so many be under way; the others stand in line. */
function turns(most: number) {
  const line: (() => void)[] = [];
  let free = most;

  return async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (free > 0) free -= 1;
    else await new Promise<void>((go) => line.push(go));
    try {
      return await work();
    } finally {
      const next = line.shift();
      if (next) next();
      else free += 1;
    }
  };
}

/** WAIT answers for all that its node had written before the command in front of it, which leads to the node and may be a reading one. */
async function checkReplicas(client: RedisClient, wait: ReplicaWait, [name, ...args]: Command): Promise<void> {
  const key = args[name === 'eval' ? 2 : 0] as string;
  try {
    await replicated(client, wait, ['pttl', key]);
  } catch (error) {
    throw new Error(`Nothing was written: ${(error as Error).message}`);
  }
}

/**
 * In a Cluster, no pipeline that holds WAIT is led on to where a slot has moved, and the client would not even learn of it; a single command
 * is, and it does. What is written a second time then, and waited for, is the same write. While the slot is still on its way, the client
 * goes on to send pipelines to where it was; but the single command went over the connection that it keeps to where the slot is going.
 */
async function replicated(client: RedisClient, wait: ReplicaWait, command: Command): Promise<unknown> {
  try {
    return await writeAndWait(client, wait, command);
  } catch (error) {
    const [refusal = '', , goal] = (error as Error).message.split(' ');
    if (!['MOVED', 'ASK', 'TRYAGAIN'].includes(refusal)) throw error;
    const answer = await client.call(...command);
    if (refusal !== 'ASK') await writeAndWait(client, wait, command);
    else {
      const node = client.nodes?.('master').find(({ options: { host, port } }) => `${host}:${port}` === goal);
      if (!node) throw error;
      checkReached(await node.call(...waitCommand(wait)), wait);
    }
    return answer;
  }
}

/** The write, and WAIT behind it on the same connection. */
async function writeAndWait(client: RedisClient, wait: ReplicaWait, command: Command): Promise<unknown> {
  const answers = await client.pipeline?.([command, waitCommand(wait)]).exec();
  if (!answers) throw new Error('This client of Redis has no pipelines.');
  for (const [error] of answers) if (error) throw error;
  const [[, answer], [, reached]] = answers as [[null, unknown], [null, unknown]];
  checkReached(reached, wait);
  return answer;
}

function waitCommand({ replicas, timeout }: ReplicaWait): Command {
  return ['wait', replicas, Math.ceil(timeout * 1000)];
}

function checkReached(reached: unknown, { replicas }: ReplicaWait): void {
  if (!(Number(reached) >= replicas)) throw new Error(`${reached} of ${replicas} replicas have answered.`);
}
