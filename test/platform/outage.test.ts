/** How often the operator is told that something is away. */
import { beforeEach, expect, it } from '@jest/globals';
import { createOutage } from '../../lib/platform/outage.js';

let told: string[];
let now: number;
const clock = () => now;
const log = {
  warn: (message: string) => void told.push(message),
  error: (message: string, cause: unknown) => void told.push(`${message} ${cause}`),
};

beforeEach(() => {
  told = [];
  now = 1_700_000_000;
});

it('once, with the first cause, where it answers now and then; and again when nothing had failed for five seconds', () => {
  const outage = createOutage('It is away.', { clock, log });
  for (let second = 0; second < 20; second += 1) {
    if (second % 4 === 0) outage.began(second);
    else outage.ended();
    now += 1;
  }
  expect(told).toEqual(['It is away. 0']);
  now += 1; // five seconds after the last failure
  outage.ended();
  outage.began('later');
  expect(told).toEqual(['It is away. 0', 'It is away. later']);
});

it('and of its end once, where there is something to say', () => {
  const outage = createOutage('It is away.', { clock, log, back: (failures) => `It is back after ${failures}.` });
  outage.ended();
  for (const cause of ['first', 'second']) outage.began(cause);
  now += 5;
  for (let times = 0; times < 3; times += 1) outage.ended();
  expect(told).toEqual(['It is away. first', 'It is back after 2.']);
});

it('and is over for who uses it with the first answer, however long the operator waits for more', () => {
  const outage = createOutage('It is away.', { clock, log });
  const seen = [outage.isOn];
  outage.began('first');
  seen.push(outage.isOn);
  outage.ended();
  seen.push(outage.isOn);
  expect(seen).toEqual([false, true, false]);
});
