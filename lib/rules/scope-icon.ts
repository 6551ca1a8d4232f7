/** Which picture stands beside a scope of the host's that names none: guessed from the words of its name. */
import type { Icon } from '../model/screens.js';

type Row = readonly [Icon, readonly string[]];

/** What may be done. Who may do several of these is shown the first. */
const verbs: readonly Row[] = [
  ['delete', ['delete', 'remove', 'erase']],
  ['send', ['send', 'post', 'publish']],
  ['write', ['write', 'create', 'update', 'edit', 'add', 'manage']],
  ['read', ['read', 'view', 'list', 'see']],
];

/** What it is done to. */
const things: readonly Row[] = [
  ['pay', ['pay', 'payment', 'transfer', 'charge', 'order']],
  ['person', ['profile', 'user', 'contact']],
  ['email', ['email', 'mail']],
  ['phone', ['phone']],
  ['place', ['address', 'location']],
  ['settings', ['admin', 'key', 'setting']],
];

/** By what is done; where the name does not say that, by the thing that it names last. Who does more to payments than look at them, pays. */
export function iconForScope(scope: string): Icon {
  const words = wordsIn(scope);
  const verb = verbs.find(([, row]) => row.some((word) => words.includes(word)))?.[0];
  const thing = words
    .toReversed()
    .flatMap((word) => things.find(([, row]) => row.some((one) => [one, `${one}s`, `${one}es`].includes(word)))?.[0] ?? [])[0];
  if (thing === 'pay' && (verb === 'send' || verb === 'write')) return 'pay';
  return verb ?? thing ?? 'check';
}

/** `readContacts`, `contacts.read` and `https://api.example.com/auth/contacts:read` have words in common. */
function wordsIn(scope: string): string[] {
  const apart = scope.replace(/([a-z0-9])([A-Z])/g, '$1 $2');
  return apart.toLowerCase().match(/[a-z]+/g) ?? [];
}
