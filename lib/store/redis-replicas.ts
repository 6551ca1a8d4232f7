/** Writes that count only when replicas have them. */
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../platform/clock.js';
import { type Command, located, type RedisClient, type RedisNode } from './redis-client.js';
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
 * How many milliseconds nodes are left alone that do not agree yet where a slot is, or say TRYAGAIN: of one key, newer ones say it while they clear
 * away a slot which has left them.
 */
const untilNextTry = 100;

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
  return ['pttl', args[keyIndex(name)] as string];
}

/**
 * A Cluster does not lead a pipeline that holds WAIT on to where a slot has moved, and learns nothing by it; with a single command it does both.
 * So one that reads goes there, and the pipeline after it, which was refused and not written. ioredis 6 keeps one entry for a whole range of slots:
 * until it has asked anew, commands for others of the range undo the lesson, and more turns are needed.
 *
 * To where a slot is on its way, ioredis leads single commands alone. So there the pipeline goes over the client's own connection to that node, if it
 * has one already: it may have none to a master that has no slots yet, until a command was led there.
 */
async function replicated(client: RedisClient, wait: ReplicaWait, command: Command, checkInTime: () => void): Promise<unknown> {
  const send = () => sendAndWait(client, [command], wait);
  let attempt = send;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const [refusal, , goal = ''] = (error as Error).message.split(' ');
      if (!client.nodes || (refusal !== 'MOVED' && refusal !== 'ASK' && refusal !== 'TRYAGAIN')) throw error;
      checkInTime();
      const find = () => (refusal === 'ASK' ? nodeAt(client, goal) : undefined);
      if (refusal === 'TRYAGAIN') await pause(untilNextTry);
      else if (!find()) await client.call(...reading(command)).catch(() => pause(untilNextTry)); // why it was refused, the next turn tells
      checkInTime();
      const node = find();
      attempt = node ? () => sendAndWait(node, [['asking'], keyedFor(node, client, command)], wait) : send;
    }
  }
}

function nodeAt(client: RedisClient, address: string): RedisNode | undefined {
  const { host, port } = located(client.options?.natMap, address);
  return client.nodes?.('master').find(({ options }) => `${options.host}:${options.port}` === `${host}:${port}`);
}

/** What keys begin with, the client's connections to nodes may add themselves, or may not. */
function keyedFor(node: RedisNode, client: RedisClient, [name, ...args]: Command): Command {
  const [own, prefix] = [node.options.keyPrefix || '', client.options?.keyPrefix || ''];
  if (own && own !== prefix) throw new Error(`The client's keyPrefix, "${prefix}", is not that of its redisOptions, "${own}".`);
  return [name, ...args.map((arg, i) => (i === keyIndex(name) && !own ? `${prefix}${arg}` : arg))];
}

const keyIndex = (name: string) => (name === 'eval' ? 2 : 0);

/** The commands, and WAIT behind them on the same connection. Answers what the last of them did. */
async function sendAndWait(to: Pick<RedisClient, 'pipeline'>, commands: Command[], { replicas, timeout }: ReplicaWait): Promise<unknown> {
  const answers = await to.pipeline?.([...commands, ['wait', replicas, Math.ceil(timeout * 1000)]]).exec();
  if (!answers) throw new Error('This client of Redis has no pipelines.');
  for (const [error] of answers) if (error) throw error;
  const [answer, reached] = answers.slice(-2).map(([, each]) => each);
  if (!(Number(reached) >= replicas)) throw new Error(`${reached} of ${replicas} replicas have answered.`);
  return answer;
}
