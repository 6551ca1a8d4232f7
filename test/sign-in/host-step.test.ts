/** A step of the host's, as the sign-in takes it. */
import { describe, expect, it } from '@jest/globals';
import type { HttpRequest, Server, StepPlace } from '../../lib/contracts.js';
import { Parameters } from '../../lib/http/parameters.js';
import type { StepField } from '../../lib/model/screens.js';
import type { StepValues, UserStep } from '../../lib/model/step.js';
import { hostStep } from '../../lib/sign-in/host-step.js';

const server = {} as Server;
const fields: UserStep['page'] = {
  title: 'About you',
  fields: [
    { name: 'mail', label: 'E-mail', type: 'email' },
    { name: 'code', label: 'Code', type: 'code' },
    { name: 'secret', label: 'Secret', type: 'password' },
    { name: 'keep', label: 'Remember me', type: 'checkbox', required: false },
  ],
  buttons: [
    { name: 'go', label: 'Go' },
    { name: 'skip', label: 'Skip' },
  ],
};

function placeWith(posted: Record<string, string>, state: unknown = undefined): StepPlace {
  const http = { body: new Parameters(Object.entries(posted)) } as unknown as HttpRequest;
  const signIn = { user: { sub: 'alice', name: 'Alice' }, amr: [], acr_values: [], canMakePasskeys: false, req: {} as never };
  return { signIn, state, http, ticket: 'ticket', action: '/step?step=about' };
}

function stepThat(submit: UserStep['submit'], others: Partial<UserStep> = {}) {
  return hostStep({ name: 'about', page: fields, submit, ...others });
}

async function valuesFor(posted: Record<string, string>): Promise<StepValues | 'not asked'> {
  let seen: StepValues | 'not asked' = 'not asked';
  const step = stepThat((values) => {
    seen = values;
    return { done: true };
  });
  await step.submit(placeWith(posted), server);
  return seen;
}

const filled = { mail: 'a@example.com', code: '1 2 3', secret: ' s ' };

describe('submit is given', () => {
  it('texts as they are, codes without spaces, boxes as true or false', async () => {
    expect(await valuesFor(filled)).toEqual({ mail: 'a@example.com', code: '123', secret: ' s ', keep: false });
    expect(await valuesFor({ ...filled, keep: 'yes' })).toMatchObject({ keep: true });
  });

  it('nothing that the page does not ask for', async () => {
    expect(await valuesFor({ ...filled, role: 'admin', action: 'delete' })).toEqual(await valuesFor(filled));
  });

  it('the name of the button', async () => {
    expect(await valuesFor({ ...filled, action: 'go' })).toMatchObject({ action: 'go' });
  });

  it.each(['mail', 'code', 'secret'])('nothing at all while %s is empty', async (name) => {
    const { [name as keyof typeof filled]: _, ...rest } = filled;
    expect(await valuesFor(rest)).toBe('not asked');
    expect(await valuesFor({ ...rest, action: 'go' })).toBe('not asked');
  });

  it('nothing at all while a code is only spaces', async () => {
    expect(await valuesFor({ ...filled, code: '  ' })).toBe('not asked');
  });

  it('empty fields by another button than the first', async () => {
    expect(await valuesFor({ action: 'skip' })).toEqual({ mail: '', code: '', secret: '', keep: false, action: 'skip' });
  });

  it('what the step remembers, and who it is about', async () => {
    const step = stepThat((_values, { state, user }) => ({ again: `${user.name} ${state}` }));
    expect(await step.submit(placeWith(filled, 7), server)).toEqual({ again: { own: 'Alice 7' } });
  });
});

describe('the field that is wrong', () => {
  const saying = (field?: string) => stepThat(() => ({ again: 'Look again.', ...(field !== undefined && { field }) }));

  it('is the one that the step names', async () => {
    expect(await saying('mail').submit(placeWith(filled), server)).toEqual({ again: { own: 'Look again.' }, wrong: 'mail' });
    expect(await saying().submit(placeWith(filled), server)).toEqual({ again: { own: 'Look again.' } });
  });

  it('must be one of the page', async () => {
    await expect(saying('phone').submit(placeWith(filled), server)).rejects.toThrow('with field as the name of a field of the page');
  });

  it('is the first that is empty and must not be', async () => {
    const { code: _, secret: __, ...rest } = filled;
    expect(await saying('mail').submit(placeWith(rest), server)).toEqual({ again: { message: 'step.wrong' }, wrong: 'code' });
  });

  it('is shown as such', async () => {
    const screen = await saying().show(placeWith(filled), server, { notice: { own: 'Look again.' }, wrong: 'mail' });
    expect(screen.values).toMatchObject({ notice: { own: 'Look again.' }, wrong: 'mail' });
  });
});

describe('the page', () => {
  async function shown(posted: Record<string, string>): Promise<readonly StepField[]> {
    const screen = await stepThat(() => ({ done: true })).show(placeWith(posted), server);
    return screen.name === 'step' ? screen.values.fields : [];
  }

  it('has again what was typed, but no secret and no code', async () => {
    const typed = (await shown(filled)).flatMap(({ value }) => value ?? []);
    expect(typed).toEqual(['a@example.com']);
  });

  it('asks for all fields that may not stay empty', async () => {
    expect((await shown({})).filter(({ required }) => required).map(({ name }) => name)).toEqual(['mail', 'code', 'secret']);
  });

  it('of a function is checked each time', async () => {
    const step = stepThat(() => ({ done: true }), { page: () => ({ title: '' }) as never });
    await expect(step.show(placeWith({}), server)).rejects.toThrow(
      'The step "about" of users.steps: page.title: It is no words for people.',
    );
  });

  it('belongs to the step: its functions are called on it', async () => {
    const step = hostStep(
      new (class {
        name = 'about';
        private title = 'Mine';
        page() {
          return { title: this.title, fields: [] };
        }
        submit() {
          return { done: true as const, amr: [this.title] };
        }
        isDue() {
          return this.title !== 'Mine';
        }
      })(),
    );
    const place = placeWith({});
    expect(await step.show(place, server)).toMatchObject({ values: { title: { own: 'Mine' } } });
    expect(await step.submit(place, server)).toEqual({ done: true, amr: ['Mine'] });
    expect(await step.isDue(place.signIn, server)).toBe(false);
  });
});
