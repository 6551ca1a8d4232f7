/** Offers who has signed in without a passkey to make one. It opens no door and closes none: whatever fails here is logged and left out. */
import { createHash } from 'node:crypto';
import type { Server, SignInStep, StepOutcome } from '../contracts.js';
import type { Answer } from '../interaction/passkey-answer.js';
import { creationQuestion, enrol, findOrphan } from '../interaction/passkey-ceremony.js';
import { mayEnrol, unknownCredential, usablePasskeys } from '../interaction/passkeys.js';

/** Who has answered is asked again after this. */
const pause = 30 * 86_400; // seconds

export const passkeyOffer: SignInStep = {
  name: 'passkey',
  isOffer: true,

  async isDue(signIn, server) {
    const { user, amr, canMakePasskeys } = signIn;
    if (!server.settings.passkeys?.offer || !canMakePasskeys || amr.some((method) => method === 'hwk' || method === 'swk')) return false;
    return orLeftOut(server, false, async () => {
      if (!(await mayEnrol(signIn, server.settings))) return false;
      const [present, asked] = await Promise.all([usablePasskeys(user.sub, server), server.store.get(keyOf(user.sub))]);
      return present.length === 0 && !asked;
    });
  },

  /** Asks no store, which could be away by now: that the user has none was found out before. */
  async show({ signIn: { user }, state, action, ticket }, server, said) {
    const { passkeys } = server.settings;
    if (!passkeys) throw new Error('The passkey was offered by a process that has other options than this one.');
    const values = { action, ticket, user: { name: user.name }, ...(await creationQuestion(user, [], passkeys, server)) };
    const { forgotten } = (state ?? {}) as Refused;
    const { notice } = said && 'notice' in said ? said : {};
    return { name: 'passkey-offer', values: { ...values, ...(forgotten !== undefined && { forgotten }), ...(notice && { notice }) } };
  },

  async submit({ signIn, http: { body } }, server): Promise<StepOutcome> {
    const answer = { challenge: body.verbatim('challenge'), passkey: body.verbatim('passkey') };
    const isWanted = answer.passkey !== undefined && !body.has('later');
    return orLeftOut<StepOutcome>(server, { done: true }, async () => {
      const isMade = isWanted && (await mayEnrol(signIn, server.settings)) && (await enrol(answer, signIn.user, server)) !== undefined;
      if (isWanted && !isMade) return refuse(answer, server);
      await server.store.put(keyOf(signIn.user.sub), true, pause);
      return { done: true };
    });
  },
};

/** What the step remembers: the passkey that the browser is to offer no more, as JSON of WebAuthn. */
interface Refused {
  readonly forgotten?: string;
}

async function refuse(answer: Answer, server: Server): Promise<StepOutcome> {
  const { passkeys } = server.settings;
  const orphan = await findOrphan(answer, server);
  const state: Refused | undefined = passkeys && orphan !== undefined ? { forgotten: unknownCredential(orphan, passkeys) } : undefined;
  return { again: { message: 'passkeyOffer.failed' }, ...(state && { state }) };
}

/** The host's table of passkeys may be away, or wrong; the password was right all the same. */
async function orLeftOut<T>({ log }: Pick<Server, 'log'>, instead: T, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    log.error('A user signed in without being offered a passkey, or without getting it.', error);
    return instead;
  }
}

function keyOf(sub: string): string {
  return `passkey-offer:${createHash('sha256').update(sub).digest('base64url')}`;
}
