/** Kinds of values that several options take. */
import { z } from 'zod';
import { isObject, mustBe, says } from '../clients/members.js';

/** Kept as it is, not copied: it may be an instance of a class, whose methods need it. */
export function anObject<T extends object = Readonly<Record<string, unknown>>>(cure: string) {
  return z.custom<T>(isObject, mustBe('an object', cure));
}

export function objectWith<T extends object>(methods: readonly (keyof T & string)[], cure: string) {
  const lacking = (value: unknown) => methods.filter((name) => typeof (value as Record<string, unknown>)[name] !== 'function');
  return anObject<T>(cure).refine(
    (value) => lacking(value).length === 0,
    says((value) => `It lacks: ${lacking(value).join(', ')}.`, cure),
  );
}

export const method = z.custom((value) => typeof value === 'function', says('It is not a function.', 'Give a function.')).optional();

export function count(name: string, least: number, most: number, usual: number) {
  const wrong = says(`It is not a whole number from ${least} to ${most}.`, `Write ${name}: ${usual}, the default, or leave it out.`);
  return z.custom<number>((value) => Number.isInteger(value) && least <= Number(value) && Number(value) <= most, wrong).default(usual);
}
