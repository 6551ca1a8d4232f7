/** The passkeys of the users: in the host's own table, or in the store of this server. */
import { createHash } from 'node:crypto';
import type { Passkeys, Server, Settings } from '../contracts.js';
import type { EnrolContext, Passkey, PasskeyStore } from '../model/passkey.js';
import type { Store } from '../model/store.js';
import type { Identity } from '../model/user.js';
import { readPasskey } from '../rules/passkey.js';

/** One that nobody signs in with for so long is forgotten; each sign-in with it begins the time anew. */
const kept = 5 * 365 * 86_400; // seconds

export function passkeysOf({ settings, store }: Pick<Server, 'settings' | 'store'>): PasskeyStore {
  const hosts = settings.passkeys?.store;
  return hosts ? checked(hosts) : storedPasskeys(store);
}

/** The host's table, whose rows are believed only where they make sense: what it finds lets people in. */
function checked(store: PasskeyStore): PasskeyStore {
  return {
    async find(id) {
      const row: unknown = await store.find(id);
      return row === null || row === undefined ? undefined : readPasskey(row, 'passkeys.store.find');
    },
    /** A table may compare users without regard to case. */
    async list(sub) {
      const rows: unknown = await store.list(sub);
      if (!Array.isArray(rows)) throw new TypeError('passkeys.store.list must give a list.');
      return rows.map((row) => readPasskey(row, 'passkeys.store.list')).filter((passkey) => passkey.sub === sub);
    },
    add: (passkey) => store.add(passkey),
    update: (passkey) => store.update(passkey),
    remove: (id, sub) => store.remove(id, sub),
  };
}

/** Names a passkey to its user, to listeners and in the store: a credential ID may be long, and is nobody's business. */
export function passkeyName(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}

/** Tells a browser to offer a passkey no more: UnknownCredentialOptions, as JSON. WebAuthn section 5.1.10.1. */
export function unknownCredential(credentialId: string, { rpId }: Passkeys): string {
  return JSON.stringify({ rpId, credentialId });
}

/** Those of this user that work for this server. The host may have more, of other domains. */
export async function usablePasskeys(sub: string, server: Pick<Server, 'settings' | 'store'>): Promise<readonly Passkey[]> {
  const all = await passkeysOf(server).list(sub);
  return all.filter(({ rpId }) => rpId === server.settings.passkeys?.rpId);
}

export interface PasskeySummary {
  /** As in the events `passkey.added` and `passkey.removed`; opens nothing. */
  readonly id: string;
  /** In seconds since 1970. */
  readonly createdAt: number;
  /** In seconds since 1970; absent before the first sign-in with it. */
  readonly lastUsedAt?: number;
  /** Whether it is kept on several devices. */
  readonly synced: boolean;
}

/** For the host, the newest first. */
export async function passkeySummaries(sub: string, server: Pick<Server, 'settings' | 'store'>): Promise<readonly PasskeySummary[]> {
  return (await passkeysIfOn(sub, server)).map(({ id, created, lastUsed, backedUp }) => ({
    id: passkeyName(id),
    createdAt: created,
    ...(lastUsed !== undefined && { lastUsedAt: lastUsed }),
    synced: backedUp,
  }));
}

/**
 * Only the user's own: they are looked for among those.
 *
 * @param name - of a single one; left out: all
 * @returns those that were there and are gone
 */
export async function removePasskeys(
  sub: string,
  name: string | undefined,
  server: Pick<Server, 'settings' | 'store' | 'emit'>,
): Promise<readonly Passkey[]> {
  const wanted = (await passkeysIfOn(sub, server)).filter(({ id }) => name === undefined || passkeyName(id) === name);
  const removed: Passkey[] = [];
  for (const passkey of wanted) {
    if ((await passkeysOf(server).remove(passkey.id, sub)) === false) continue;
    server.emit('passkey.removed', { sub, passkey: passkeyName(passkey.id) });
    removed.push(passkey);
  }
  return removed;
}

async function passkeysIfOn(sub: string, server: Pick<Server, 'settings' | 'store'>): Promise<readonly Passkey[]> {
  if (!server.settings.passkeys) return [];
  return [...(await usablePasskeys(sub, server))].sort((a, b) => b.created - a.created);
}

/**
 * Whether who has signed in like this may make one. It stands for two factors: of a password that was stolen it would make a key that stays,
 * and that clients believe more than the password.
 */
export async function mayEnrol(
  { user: { sub, name }, amr = [], acr, req }: Pick<Identity, 'amr' | 'acr'> & Pick<EnrolContext, 'user' | 'req'>,
  { passkeys, users }: Pick<Settings, 'passkeys' | 'users'>,
): Promise<boolean> {
  if (passkeys?.mayEnrol) {
    const said: unknown = await passkeys.mayEnrol({ user: { sub, name }, amr, ...(acr !== undefined && { acr }), req });
    if (typeof said !== 'boolean') throw new TypeError('passkeys.mayEnrol must give true or false.');
    return said;
  }
  // Any other class may be that of a password.
  if (amr.some((method) => method !== 'pwd') || (acr !== undefined && acr === passkeys?.acr)) return true;
  return passkeys?.acr === undefined && !users.steps?.length;
}

export function storedPasskeys(store: Store): PasskeyStore {
  const read = async (name: string) => store.get<Passkey>(keyOf(name));

  return {
    find: async (id) => (await read(passkeyName(id)))?.value,

    /** The index may name some that were removed, or never added. */
    async list(sub) {
      const names = await store.linked(ownerOf(sub));
      const found = await Promise.all(names.map(read));
      return found.flatMap((stored) => (stored?.value.sub === sub ? [stored.value] : []));
    },

    /** The index first, here and below: whatever fails then, one that signs in is on the list, where its user can remove it. */
    async add(passkey) {
      const name = passkeyName(passkey.id);
      await store.link(ownerOf(passkey.sub), name, kept);
      return store.add(keyOf(name), passkey, kept);
    },

    async update(passkey) {
      const name = passkeyName(passkey.id);
      await store.link(ownerOf(passkey.sub), name, kept);
      await writeOver(name, passkey);
    },

    async remove(id, sub) {
      const name = passkeyName(id);
      return (await read(name))?.value.sub === sub && (await store.delete(keyOf(name)));
    },
  };

  /** Only over what is there: a sign-in must not bring back what was removed at the same time. */
  async function writeOver(name: string, passkey: Passkey): Promise<void> {
    const before = await read(name);
    if (!before) return;
    // Of two sign-ins at once the later one may be written first: no count goes back, or a copy could go on where the original was.
    const counter = Math.max(before.value.counter, passkey.counter);
    if (!(await store.swap(keyOf(name), before.version, { ...passkey, counter }, kept))) await writeOver(name, passkey);
  }
}

function keyOf(name: string): string {
  return `passkey:${name}`;
}

function ownerOf(sub: string): string {
  return `passkeys:${createHash('sha256').update(sub).digest('base64url')}`;
}
