/** What a screen says, before the language is chosen. */
import type { MessageKey } from '../languages/language.js';

/** One of our sentences, with what is filled in; or the host's own words. */
export type Words = Message | OwnWords;

/** One of our sentences by its name, with what is filled in: `t(notice)` in a template makes it text in the language of the reader. */
export interface Message {
  readonly message: MessageKey;
  readonly values?: Readonly<Record<string, Value>>;
}

/** Words that are not ours. They are wrapped, because a plain string in a template is the name of one of our sentences. */
export interface OwnWords {
  readonly own: HostWords;
}

/**
 * In one language for all, or by language: `{ en: 'See your contacts', de: 'Ihre Kontakte sehen' }`, by BCP 47 tags. Who reads another
 * language is given what is under `und`, in English, or in the first of them.
 */
export type HostWords = string | Readonly<Record<string, string>>;

/** What a host may write where words are wanted: its own, or one of our sentences. */
export type GivenWords = HostWords | Message;

/** What is filled in: a name or a number; a time or a day; words of their own. */
export type Value = string | number | Moment | Day | Words;

/** A time, as people are told of it. */
export interface Moment {
  /** In seconds since 1970. */
  readonly at: number;
  /** How long ago that is, in seconds. */
  readonly ago: number;
}

/** A day, as people are told of it: the same whenever they read it, so what is called by it keeps its name. */
export interface Day {
  /** A time on it, in seconds since 1970. */
  readonly day: number;
}

export function isMessage(words: Words): words is Message {
  return 'message' in words;
}

export function wordsFrom(given: GivenWords): Words {
  return typeof given === 'object' && 'message' in given ? (given as Message) : own(given);
}

export function own(words: HostWords): OwnWords {
  return { own: words };
}

/** @param at - in seconds since 1970, as `now` */
export function momentAt(at: number, now: number): Moment {
  return { at, ago: now - at };
}
