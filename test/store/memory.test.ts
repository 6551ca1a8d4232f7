/** The store in memory. */
import { randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { memoryStore } from '../../lib/store/memory.js';
import { describeStore } from './contract.js';

function clockwork() {
  let time = 1_700_000_000;
  return {
    clock: () => time,
    sleep: (seconds: number) => {
      time += seconds;
    },
  };
}

/** Bytes, after what nobody holds was thrown away. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

const { clock, sleep } = clockwork();
describeStore('memory', { open: () => memoryStore(clock), sleep });

describe('the store in memory', () => {
  it('forgets at the very second, neither before nor after', async () => {
    const { clock, sleep } = clockwork();
    const store = memoryStore(clock);
    await store.put('key', 1, 60);
    sleep(59);
    expect(await store.get('key')).toBeDefined();
    sleep(1);
    expect(await store.get('key')).toBeUndefined();
  });

  it('does not grow, however much is written and forgotten', async () => {
    const { clock, sleep } = clockwork();
    const store = memoryStore(clock);
    const writeMegabytes = async (rounds: number) => {
      for (let count = 0; count < rounds * 1000; count += 1) {
        await store.put(randomUUID(), 'x'.repeat(1000), 10);
        await store.link('one owner', randomUUID(), 10);
        await store.link(randomUUID(), 'one id', 10);
        if (count % 1000 === 999) sleep(10);
      }
    };
    await writeMegabytes(3);
    const before = memoryInUse();
    await writeMegabytes(30);
    expect(memoryInUse() - before).toBeLessThan(10e6); // if nothing was swept, it would be more than 30 MB
    expect((await store.linked('one owner')).length).toBe(0);
  });

  it('keeps stores apart', async () => {
    await memoryStore(clock).put('key', 1, 60);
    expect(await memoryStore(clock).get('key')).toBeUndefined();
  });
});
