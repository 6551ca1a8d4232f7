/** A time in words that mean the same wherever they are read. */
import type { Moment } from '../model/screens.js';

const minute = 60; // seconds
const hour = 60 * minute;
const day = 24 * hour;

/**
 * How long ago it was; after a day the date, in UTC. Not "today" or "yesterday": nobody tells which day it is where the user is.
 *
 * @param at - in seconds since 1970, as `now`
 */
export function momentInWords(at: number, now: number): Moment {
  return { datetime: new Date(at * 1000).toISOString().replace('.000Z', 'Z'), text: textOf(at, now) };
}

function textOf(at: number, now: number): string {
  const ago = now - at;
  if (ago < minute) return 'just now'; // also where another process has a clock that is ahead
  if (ago < hour) return `${counted(Math.floor(ago / minute), 'minute')} ago`;
  if (ago < day) return `${counted(Math.floor(ago / hour), 'hour')} ago`;
  return `on ${date.format(at * 1000)}`;
}

/** The name of the month, so that nobody takes it for the day. */
const date = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric' });

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
