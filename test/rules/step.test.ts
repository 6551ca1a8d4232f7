/** What the host says of a step of the sign-in. */
import { describe, expect, it } from '@jest/globals';
import type { StepPage } from '../../lib/model/step.js';
import { problemsOfPage, readIsDue, readStepPage, readStepResult } from '../../lib/rules/step.js';

const code = { name: 'code', label: 'Code', type: 'code' } as const;
const page: StepPage = { title: 'A code', fields: [code] };

describe('a page', () => {
  it.each<[string, unknown]>([
    ['with one field', page],
    ['without fields, which only asks to go on', { title: 'Welcome', fields: [] }],
    ['in several languages', { ...page, title: { en: 'A code', de: 'Ein Code' }, text: { message: 'step.title' } }],
    ['with buttons', { ...page, buttons: [{ label: 'Go' }, { name: 'resend', label: 'Again' }] }],
    ['with all that a field may have', { ...page, fields: [{ ...code, autocomplete: 'off', value: '1', required: false }] }],
  ])('%s is fine', (_, good) => {
    expect(problemsOfPage(good)).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['is none', undefined, ''],
    ['is a list', [], ''],
    ['has no title', { fields: [] }, '.title'],
    ['has an empty title', { ...page, title: ' ' }, '.title'],
    ['has a sentence that there is not', { ...page, text: { message: 'step.unknown' } }, '.text'],
    ['has a sentence named like a method of all objects', { ...page, text: { message: 'toString' } }, '.text'],
    ['has a sentence filled in with nothing', { ...page, text: { message: 'step.title', values: null } }, '.text'],
    ['has words in no language', { ...page, text: {} }, '.text'],
    ['has words that are none', { ...page, text: { en: 1 } }, '.text'],
    ['has a language that is none', { ...page, text: { english: 'A code' } }, '.text'],
    ['has no fields', { title: 'A code' }, '.fields'],
    ['has a field that is none', { ...page, fields: ['code'] }, '.fields[0]'],
    ['has a field named as the ticket is', { ...page, fields: [{ ...code, name: 'ticket' }] }, '.fields[0].name'],
    ['has a field named as a button is', { ...page, fields: [{ ...code, name: 'action' }] }, '.fields[0].name'],
    ['has a field with a name that would end the attribute', { ...page, fields: [{ ...code, name: 'a"b' }] }, '.fields[0].name'],
    ['has a field named as the prototype of all objects', { ...page, fields: [{ ...code, name: '__proto__' }] }, '.fields[0].name'],
    ['has two fields of one name', { ...page, fields: [code, code] }, '.fields[1].name'],
    ['has a field without a label', { ...page, fields: [{ name: 'code', type: 'code' }] }, '.fields[0].label'],
    ['has a field of another type', { ...page, fields: [{ ...code, type: 'number' }] }, '.fields[0].type'],
    ['has a field that is required by a word', { ...page, fields: [{ ...code, required: 'yes' }] }, '.fields[0].required'],
    ['has no button at all', { ...page, buttons: [] }, '.buttons'],
    ['has a button without a label', { ...page, buttons: [{ name: 'go' }] }, '.buttons[0].label'],
    [
      'has two buttons of one name',
      {
        ...page,
        buttons: [
          { name: 'go', label: 'A' },
          { name: 'go', label: 'B' },
        ],
      },
      '.buttons[1].name',
    ],
  ])('that %s is told of, with the place', (_, wrong, path) => {
    expect(problemsOfPage(wrong).map((problem) => problem.path)).toEqual([path]);
    expect(() => readStepPage(wrong, 'page')).toThrow(TypeError);
  });

  it('without buttons has one that goes on', () => {
    expect(readStepPage(page, 'page').buttons).toEqual([{ label: { message: 'step.submit' } }]);
  });
});

describe('an outcome', () => {
  it.each<[unknown]>([
    [{ done: true }],
    [{ done: true, amr: ['otp'], acr: 'urn:example:mfa' }],
    [{ again: 'Once more' }],
    [{ again: { en: 'Once more' }, state: { code: 1 }, news: true }],
    [{ again: 'Once more', field: 'code' }],
  ])('%j is taken', (good) => {
    expect(readStepResult(good, 'submit', ['mail', 'code'])).toBe(good);
  });

  it.each<[unknown]>([
    [undefined],
    [null],
    [true],
    ['done'],
    [[]],
    [{}],
    [{ done: 1 }],
    [{ done: false }],
    [{ done: true, again: 'x' }],
    [{ again: '' }],
    [{ again: 'Once more', field: 'cod' }],
    [{ again: 'Once more', field: ['code'] }],
  ])('%j is not', (wrong) => {
    expect(() => readStepResult(wrong, 'submit', ['mail', 'code'])).toThrow('submit must give { done: true }');
  });

  it.each<[unknown]>([[{ done: true, amr: 'otp' }], [{ done: true, amr: [''] }], [{ done: true, acr: 1 }], [{ done: true, acr: '' }]])(
    '%j is not: it proves nothing that could be told',
    (wrong) => {
      expect(() => readStepResult(wrong, 'submit', [])).toThrow(TypeError);
    },
  );
});

describe('whether a step is due', () => {
  it.each([true, false])('is said by %s', (isDue) => {
    expect(readIsDue(isDue, 'isDue')).toBe(isDue);
  });

  it.each([undefined, null, 0, 'no'])('is not said by %s', (isDue) => {
    expect(() => readIsDue(isDue, 'isDue')).toThrow('isDue must give true or false.');
  });
});
