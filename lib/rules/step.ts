/** What the host says of a step of the sign-in: a page, an outcome. Taken at its word only where it makes sense: nonsense lets nobody in. */
import { en } from '../languages/en.js';
import { canonicalTag } from '../languages/tag.js';
import type { StepButton, StepPage, StepPageField, StepResult } from '../model/step.js';
import type { GivenWords } from '../model/words.js';

/** What is wrong, and what to write instead. */
export interface StepProblem {
  /** Below the page: `.fields[0].name`. */
  readonly path: string;
  readonly problem: string;
  readonly cure: string;
}

/** Every mistake on a page of the host's. */
export function problemsOfPage(page: unknown): readonly StepProblem[] {
  if (!isObject(page))
    return [{ path: '', problem: 'It is not an object.', cure: 'Write { title, fields }, or a function that gives that.' }];
  const { title, text, fields, buttons } = page;
  return [
    ...problemOfWords(title, '.title'),
    ...(text === undefined ? [] : problemOfWords(text, '.text')),
    ...(Array.isArray(fields) ? fields.flatMap(problemsOfField) : [{ path: '.fields', ...notAList }]),
    ...problemsOfNames(fields, '.fields'),
    ...(buttons === undefined ? [] : problemsOfButtons(buttons)),
  ];
}

const notAList = { problem: 'It is not a list.', cure: 'Put it into brackets: [ … ].' };

const types: readonly StepPageField['type'][] = ['text', 'email', 'password', 'code', 'checkbox'];

/** What the form posts besides. */
const reserved: readonly string[] = ['_csrf', 'ticket', 'cancel', 'action'];

function problemsOfField(field: unknown, i: number): readonly StepProblem[] {
  const path = `.fields[${i}]`;
  if (!isObject(field)) return [{ path, problem: 'It is not an object.', cure: "Write { name: 'code', label: 'Code', type: 'code' }." }];
  const { name, label, type, autocomplete, value, required } = field;
  const goodName = typeof name === 'string' && /^[A-Za-z]\w{0,49}$/.test(name) && !reserved.includes(name);
  return [
    ...(goodName
      ? []
      : [
          {
            path: `${path}.name`,
            problem: 'It is no name for a field.',
            cure: `Write letters and digits, as 'code'; not ${reserved.join(', ')}.`,
          },
        ]),
    ...problemOfWords(label, `${path}.label`),
    ...(types.some((known) => known === type)
      ? []
      : [{ path: `${path}.type`, problem: 'It is no type of a field.', cure: `Write one of ${types.join(', ')}.` }]),
    ...problemOfType(autocomplete, 'string', `${path}.autocomplete`, "Write a word of HTML's autocomplete, as 'tel'."),
    ...problemOfType(value, 'string', `${path}.value`, 'Write what stands in the field at first.'),
    ...problemOfType(required, 'boolean', `${path}.required`, 'Write false for a field that may stay empty.'),
  ];
}

function problemsOfButtons(buttons: unknown): readonly StepProblem[] {
  if (!Array.isArray(buttons) || buttons.length === 0) {
    return [{ path: '.buttons', problem: 'It is not a list with a button.', cure: "Write [{ label: 'Continue' }], or leave it out." }];
  }
  return [
    ...buttons.flatMap((button: unknown, i) => {
      const path = `.buttons[${i}]`;
      if (!isObject(button))
        return [{ path, problem: 'It is not an object.', cure: "Write { name: 'resend', label: 'Send another code' }." }];
      return [
        ...problemOfType(button.name, 'string', `${path}.name`, "Write what submit is given as action, as 'resend'."),
        ...problemOfWords(button.label, `${path}.label`),
      ];
    }),
    ...problemsOfNames(buttons, '.buttons'),
  ];
}

function problemsOfNames(list: unknown, path: string): readonly StepProblem[] {
  const names = Array.isArray(list) ? list.map((one: unknown) => (isObject(one) ? one.name : undefined)) : [];
  return names.flatMap((name, i) => {
    if (name === undefined || names.indexOf(name) === i) return [];
    return [{ path: `${path}[${i}].name`, problem: 'It stands there twice.', cure: 'Give it another name.' }];
  });
}

function problemOfType(value: unknown, type: 'string' | 'boolean', path: string, cure: string): readonly StepProblem[] {
  if (value === undefined || typeof value === type) return [];
  return [{ path, problem: type === 'string' ? 'It is not a string.' : 'It is neither true nor false.', cure }];
}

function problemOfWords(value: unknown, path: string): readonly StepProblem[] {
  if (isWords(value)) return [];
  const cure = "Write words for people to read, { en: '…', 'pt-BR': '…' }, or { message: 'step.title' } of the built-in catalogue.";
  return [{ path, problem: value === undefined ? 'It is missing.' : 'It is no words for people.', cure }];
}

/** The host's own words, or one of our sentences that there is. */
function isWords(value: unknown): value is GivenWords {
  if (typeof value === 'string') return value.trim() !== '';
  if (!isObject(value)) return false;
  if ('message' in value) {
    const { message, values = {} } = value;
    return typeof message === 'string' && Object.hasOwn(en, message) && isObject(values);
  }
  const all = Object.entries(value);
  return all.length > 0 && all.every(([tag, words]) => canonicalTag(tag) === tag && typeof words === 'string' && words.trim() !== '');
}

/** @throws TypeError if the host's function is at fault */
export function readStepPage(page: unknown, source: string): StepPage & { readonly buttons: readonly StepButton[] } {
  const [wrong] = problemsOfPage(page);
  if (wrong) throw new TypeError(`${source}${wrong.path}: ${wrong.problem} ${wrong.cure}`);
  const { buttons = [{ label: { message: 'step.submit' } }], ...others } = page as StepPage;
  return { ...others, buttons };
}

/**
 * @param fields - the names of those that were filled in
 * @throws TypeError if it is neither that the step is done nor why it is shown again
 */
export function readStepResult(result: unknown, source: string, fields: readonly string[]): StepResult {
  const isDone = isObject(result) && result.done === true && !('again' in result);
  const isAgain = isObject(result) && isWords(result.again) && !('done' in result);
  if (isDone && isListOfStrings(result.amr) && isStringIfAny(result.acr)) return result as unknown as StepResult;
  const isOfThem = isObject(result) && (result.field === undefined || fields.some((name) => name === result.field));
  if (isAgain && isOfThem) return result as unknown as StepResult;
  throw new TypeError(
    `${source} must give { done: true }, with amr as a list of strings and acr as a string if any, or { again: 'words' }, with field as the name of a field of the page if any.`,
  );
}

function isListOfStrings(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== ''));
}

function isStringIfAny(value: unknown): boolean {
  return value === undefined || (typeof value === 'string' && value !== '');
}

/** @throws TypeError unless it says so in so many words: what a function forgot to return would pass the step over */
export function readIsDue(isDue: unknown, source: string): boolean {
  if (typeof isDue === 'boolean') return isDue;
  throw new TypeError(`${source} must give true or false.`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
