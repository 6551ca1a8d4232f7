/** A step of the sign-in that the host has written: `users.steps`. */
import { cardOf } from '../authorization/pages.js';
import type { HttpRequest, SignIn, SignInStep, StepOutcome, StepPlace } from '../contracts.js';
import type { Screens, StepField } from '../model/screens.js';
import type { StepButton, StepContext, StepPage, StepPageField, StepValues, UserStep } from '../model/step.js';
import { wordsFrom } from '../model/words.js';
import { readIsDue, readStepPage, readStepResult } from '../rules/step.js';

export function hostStep(step: UserStep): SignInStep {
  const { name } = step;
  const source = `The step "${name}" of users.steps: `;

  async function pageFor({ signIn, state }: StepPlace): Promise<ReturnType<typeof readStepPage>> {
    const page = typeof step.page === 'function' ? await step.page(contextOf(signIn, state)) : step.page;
    return readStepPage(page, `${source}page`);
  }

  return {
    name,

    isDue: async (signIn) => (step.isDue ? readIsDue(await step.isDue(contextOf(signIn, undefined)), `${source}isDue`) : true),

    ...(step.begin && { begin: async (signIn: SignIn) => step.begin?.(contextOf(signIn, undefined)) }),

    async show(place, _server, said) {
      const { signIn, http, ticket, action } = place;
      const { title, text, fields, buttons } = await pageFor(place);
      const values: Screens['step'] = {
        action,
        ticket,
        ...(signIn.client && { client: cardOf(signIn.client, http) }),
        user: { name: signIn.user.name },
        title: wordsFrom(title),
        ...(text !== undefined && { text: wordsFrom(text) }),
        fields: fields.map((field) => asShown(field, http)),
        buttons: buttons.map(({ name, label }) => ({ label: wordsFrom(label), ...(name !== undefined && { name }) })),
        ...said,
      };
      return { name: 'step', values };
    },

    async submit(place): Promise<StepOutcome> {
      const page = await pageFor(place);
      const values = valuesIn(place.http, page);
      const lacking = findLacking(values, page);
      if (lacking) return { again: { message: 'step.wrong' }, wrong: lacking.name };
      const names = page.fields.map(({ name }) => name);
      const result = readStepResult(await step.submit(values, contextOf(place.signIn, place.state)), `${source}submit`, names);
      if ('again' in result) {
        const { again, field, news, state } = result;
        return {
          again: wordsFrom(again),
          ...(field !== undefined && { wrong: field }),
          ...(news === true && { news }),
          ...(state !== undefined && { state }),
        };
      }
      const { amr, acr } = result;
      return { done: true, ...(amr && { amr }), ...(acr !== undefined && { acr }) };
    },
  };
}

function contextOf<State>({ user: { sub, name }, client, page, acr_values, amr, acr, req }: SignIn, state: State): StepContext<State> {
  const goal = { ...(client && { client }), ...(page && { page }), acr_values };
  return { user: { sub, name }, ...goal, amr, ...(acr !== undefined && { acr }), state: copyOf(state), req };
}

/** As it comes back from the store. What the host changes in its copy is forgotten, unless `submit` gives it as the new state. */
function copyOf<State>(state: State): State {
  return state === undefined ? state : JSON.parse(JSON.stringify(state));
}

/** What was typed stands there again, but for what is secret or of no use a second time. */
function asShown({ name, label, type, autocomplete, value, required = true }: StepPageField, { body }: HttpRequest): StepField {
  const shown = (type === 'text' || type === 'email' ? body.get(name) : undefined) ?? value;
  return {
    name,
    label: wordsFrom(label),
    type,
    required,
    ...(autocomplete !== undefined && { autocomplete }),
    ...(shown !== undefined && { value: shown }),
  };
}

type Page = StepPage & { readonly buttons: readonly StepButton[] };

/** The fields of the page and no others; and the button, if it is one of the page. */
function valuesIn({ body }: HttpRequest, { fields, buttons }: Page): StepValues {
  const values = fields.map(
    ({ name, type }) => [name, type === 'checkbox' ? body.has(name) : asMeant(body.get(name) ?? '', type)] as const,
  );
  const action = body.get('action');
  return { ...Object.fromEntries(values), ...(action !== undefined && buttons.some(({ name }) => name === action) && { action }) };
}

/** A code without the spaces that mails and people put into it. */
function asMeant(text: string, type: StepPageField['type']): string {
  return type === 'code' ? text.replace(/\s/g, '') : text;
}

/** Browsers see to it as well; but who accepts terms must have ticked the box, whatever browser they have. The other buttons need nothing. */
function findLacking(values: StepValues, { fields, buttons }: Page): StepPageField | undefined {
  const [first] = buttons;
  if (values.action !== undefined && values.action !== first?.name) return undefined;
  return fields.find(({ name, required = true }) => required && !values[name]);
}
