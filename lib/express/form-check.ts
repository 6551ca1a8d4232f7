/** What a template of the host's forgets: in development it is looked for on the page that was drawn, since only the next request would show it. */
import type { Screen, Screens } from '../model/screens.js';

/** A field or a button that the form has to post; with this value, where only one is right. */
interface Field {
  readonly name: string;
  readonly value?: string;
}

interface Form {
  /** Where it is posted. */
  readonly action: string;
  readonly fields: readonly Field[];
}

type Names = keyof Screens;

/** What each screen posts, as the comments of `Screens` have it; nothing for those without a form. */
const forms: { readonly [Name in Names]: (values: Screens[Name]) => Form | undefined } = {
  login: ({ action, ticket }) => ({ action, fields: [...waiting(ticket), { name: 'username' }, { name: 'password' }] }),
  consent: ({ action, ticket, asked, allowed }) => ({
    action,
    fields: [
      ...waiting(ticket),
      { name: 'decision', value: 'allow' },
      { name: 'decision', value: 'deny' },
      ...[...asked, ...allowed].filter(({ optional }) => optional).map(({ name }) => ({ name: 'permission', value: name })),
    ],
  }),
  accounts: ({ action, ticket }) => ({ action, fields: [...waiting(ticket), { name: 'account', value: 'current' }] }),
  step: ({ action, ticket, fields, buttons }) => ({
    action,
    fields: [
      ...waiting(ticket),
      ...fields.map(({ name }) => ({ name })),
      ...buttons.flatMap(({ name }) => (name === undefined ? [] : { name: 'action', value: name })),
    ],
  }),
  'passkey-offer': ({ action, ticket, challenge }) => ({ action, fields: [...waiting(ticket), ...passkey(challenge), { name: 'later' }] }),
  passkeys: ({ action, challenge, passkeys }) => {
    const buttons = passkeys.map(({ id }) => ({ name: 'remove', value: id }));
    if (challenge === undefined && buttons.length === 0) return undefined;
    return { action, fields: [csrf, ...(challenge === undefined ? [] : passkey(challenge)), ...buttons] };
  },
  error: none,
  expired: none,
  apps: ({ action, apps }) =>
    apps.length === 0 ? undefined : { action, fields: [csrf, ...apps.map(({ client_id }) => ({ name: 'client_id', value: client_id }))] },
  'sign-out': ({ action }) => ({ action, fields: [csrf] }),
  'form-post': ({ action, fields }) => ({ action, fields }),
  'signed-out': none,
};

const csrf: Field = { name: '_csrf' };

function waiting(ticket: string): readonly Field[] {
  return [csrf, { name: 'ticket', value: ticket }];
}

function passkey(challenge: string): readonly Field[] {
  return [{ name: 'challenge', value: challenge }, { name: 'passkey' }];
}

function none(): undefined {
  return undefined;
}

/**
 * What the page lacks to work, and what on it the browser will refuse: each in one sentence, without the values. What is there may still be
 * in the wrong place: this reads tags, not documents.
 */
export function faultsOf({ name, values }: Screen, html: string): readonly string[] {
  const tags = tagsIn(html);
  const form = (forms[name] as (values: Screen['values']) => Form | undefined)(values);
  return [...new Set([...(form ? lackingOf(form, tags) : []), ...refusedOf(tags)])];
}

function lackingOf({ action, fields }: Form, tags: readonly Tag[]): string[] {
  const posting = tags.filter(({ name, attributes }) => name === 'form' && attributes.get('method')?.toLowerCase() === 'post');
  const controls = tags.filter(({ name }) => ['input', 'button', 'select', 'textarea'].includes(name)).map(({ attributes }) => attributes);
  if (posting.length === 0) return ['It has no form with method="post".'];
  return [
    ...(posting.some(({ attributes }) => attributes.get('action') === action) ? [] : ['Its form is not posted to `action`.']),
    ...fields.flatMap(({ name, value }) => {
      const named = controls.filter((control) => control.get('name') === name);
      if (named.length === 0) return `It has no field or button named ${name}.`;
      const fits = value === undefined || named.some((control) => control.get('value') === value || !control.has('value'));
      return fits ? [] : `None of its fields named ${name} has the value that it was given.`;
    }),
  ];
}

/** By the Content-Security-Policy of every page. */
function refusedOf(tags: readonly Tag[]): string[] {
  return tags.flatMap(({ name, attributes }) => [
    ...(name === 'style' || attributes.has('style') ? ['It has a style of its own, which the policy refuses: put it into style.css.'] : []),
    ...(name === 'script' && !attributes.get('nonce') ? ['It has a script without nonce="<%= nonce %>", which the policy refuses.'] : []),
    ...([...attributes.keys()].some((attribute) => /^on\w/.test(attribute))
      ? ['It has an attribute such as onclick, which the policy refuses: let a script with a nonce listen.']
      : []),
  ]);
}

interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

function tagsIn(html: string): Tag[] {
  const withoutComments = html.replace(/<!--[\s\S]*?-->/g, '');
  return [...withoutComments.matchAll(/<([a-z][\w-]*)((?:"[^"]*"|'[^']*'|[^"'>])*)>/gi)].map(([, name = '', inside = '']) => ({
    name: name.toLowerCase(),
    attributes: new Map(
      [...inside.matchAll(/([\w:@.-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g)].map(([, attribute = '', ...quoted]) => [
        attribute.toLowerCase(),
        decoded(quoted.find((value) => value !== undefined) ?? ''),
      ]),
    ),
  }));
}

const entities: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&#34;': '"', '&quot;': '"', '&#39;': "'", '&amp;': '&' };

function decoded(text: string): string {
  return text.replace(/&[#\w]+;/g, (entity) => entities[entity] ?? entity);
}
