/** An authenticator in software, with one passkey, that lies wherever a test wants. WebAuthn Level 3 sections 6.1 and 6.5. */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';

export const flag = { userPresent: 0x01, userVerified: 0x04, backupEligible: 0x08, backedUp: 0x10, attested: 0x40 };
const usual = flag.userPresent | flag.userVerified;

/** What an honest pair of browser and authenticator would not say. */
export interface Lies {
  readonly type?: string;
  readonly challenge?: string;
  readonly origin?: string;
  readonly rpId?: string;
  readonly flags?: number;
  readonly counter?: number;
  readonly userHandle?: string | undefined;
  readonly crossOrigin?: boolean;
  readonly topOrigin?: string;
  readonly id?: string;
  readonly format?: string;
  /** The algorithm that it says its key is for. */
  readonly alg?: number;
}

interface Asked {
  readonly challenge: string;
  readonly rpId?: string;
  readonly rp?: { readonly id: string };
  readonly user?: { readonly id: string };
}

export interface Authenticator {
  readonly id: string;
  /** The answer to PublicKeyCredentialCreationOptionsJSON, as JSON. */
  create(options: string, lies?: Lies): string;
  /** The answer to PublicKeyCredentialRequestOptionsJSON, as JSON. */
  get(options: string, lies?: Lies): string;
}

export function createAuthenticator(origin: string, id = randomBytes(32).toString('base64url')): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let userHandle: string | undefined;

  function clientData(type: string, { challenge }: Asked, lies: Lies): string {
    const { crossOrigin = false, topOrigin } = lies;
    const data = { type: lies.type ?? type, challenge: lies.challenge ?? challenge, origin: lies.origin ?? origin, crossOrigin, topOrigin };
    return Buffer.from(JSON.stringify(data)).toString('base64url');
  }

  /** Section 6.1. */
  function authenticatorData({ rpId, rp }: Asked, lies: Lies, flags: number): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(lies.counter ?? 0);
    return Buffer.concat([sha256(lies.rpId ?? rp?.id ?? rpId ?? ''), Buffer.from([flags]), counter]);
  }

  /** Section 6.5.1, with a key as RFC 9053 section 7.1.1 has it. */
  function credentialData(lies: Lies): Buffer {
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    const key = new Map<number, number | Uint8Array>([
      [1, 2],
      [3, lies.alg ?? -7],
      [-1, 1],
      [-2, new Uint8Array(Buffer.from(x, 'base64url'))],
      [-3, new Uint8Array(Buffer.from(y, 'base64url'))],
    ]);
    const name = Buffer.from(id, 'base64url');
    const length = Buffer.alloc(2);
    length.writeUInt16BE(name.length);
    return Buffer.concat([Buffer.alloc(16), length, name, isoCBOR.encode(key)]);
  }

  function answer(response: object, lies: Lies): string {
    const shown = lies.id ?? id;
    return JSON.stringify({ id: shown, rawId: shown, type: 'public-key', clientExtensionResults: {}, response });
  }

  return {
    id,

    create(options, lies = {}) {
      const asked = JSON.parse(options) as Asked;
      userHandle = asked.user?.id;
      const authData = Buffer.concat([authenticatorData(asked, lies, (lies.flags ?? usual) | flag.attested), credentialData(lies)]);
      const object = new Map<string, string | Uint8Array | Map<string, string>>([
        ['fmt', lies.format ?? 'none'],
        ['attStmt', new Map()],
        ['authData', new Uint8Array(authData)],
      ]);
      const attestationObject = Buffer.from(isoCBOR.encode(object)).toString('base64url');
      return answer({ clientDataJSON: clientData('webauthn.create', asked, lies), attestationObject, transports: ['internal'] }, lies);
    },

    get(options, lies = {}) {
      const asked = JSON.parse(options) as Asked;
      const clientDataJSON = clientData('webauthn.get', asked, lies);
      const data = authenticatorData(asked, lies, lies.flags ?? usual);
      const signature = sign('sha256', Buffer.concat([data, sha256(Buffer.from(clientDataJSON, 'base64url'))]), privateKey);
      const handle = 'userHandle' in lies ? lies.userHandle : userHandle;
      const response = {
        clientDataJSON,
        authenticatorData: data.toString('base64url'),
        signature: signature.toString('base64url'),
        userHandle: handle,
      };
      return answer(response, lies);
    },
  };
}

function sha256(value: string | Buffer): Buffer {
  return createHash('sha256').update(value).digest();
}
