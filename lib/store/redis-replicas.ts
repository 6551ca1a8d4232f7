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
            await checkReplicas(client, wait, command, checkInTime);
            checkInTime();
          }
          const answer = await replicated(client, wait, command, checkInTime);
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
async function checkReplicas(client: RedisClient, wait: ReplicaWait, command: Command, checkInTime: () => void): Promise<void> {
  try {
    await replicated(client, wait, reading(command), checkInTime);
  } catch (error) {
    throw new Error(`Nothing was written: ${(error as Error).message}`);
  }
}

/** Leads to where the command leads, and changes nothing. */
function reading([name, ...args]: Command): Command {
  return ['pttl', args[name === 'eval' ? 2 : 0] as string];
}

/**
 * In a Cluster, no pipeline that holds WAIT is led on to where a slot has moved, and the client would not even learn of it; a single command
 * is, and it does: so one that reads goes first, and what was refused and not written is sent again. That may take several turns: of a slot
 * that has moved, ioredis 6 believes at first that its whole range has, and is taught back and forth by what is sent to the others of the range.
 */
async function replicated(client: RedisClient, wait: ReplicaWait, command: Command, checkInTime: () => void): Promise<unknown> {
  for (;;) {
    try {
      return await writeAndWait(client, wait, command);
    } catch (error) {
      const [refusal, , goal] = (error as Error).message.split(' ');
      checkInTime();
      if (refusal === 'ASK') return await writeAtGoal(client, wait, command, goal);
      if (refusal !== 'MOVED') throw error;
      await client.call(...reading(command));
      checkInTime();
    }
  }
}

/**
 * While a slot is on its way, the client goes on to send pipelines to where it was. A single command is led to where it is going, and WAIT
 * after it, over the connection that the client keeps to there.
 */
async function writeAtGoal(client: RedisClient, wait: ReplicaWait, command: Command, goal: string | undefined): Promise<unknown> {
  const answer = await client.call(...command);
  const node = client.nodes?.('master').find(({ options: { host, port } }) => `${host}:${port}` === goal);
  if (!node) throw new Error(`The slot is on its way to ${goal}, which is not among the nodes that are known.`);
  checkReached(await node.call(...waitCommand(wait)), wait);
  return answer;
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
