/** What browsers answer about passkeys, as it is posted: WebAuthn Level 3 section 5.1, in JSON. Only its shape: whether it holds is checked later. */
import { z } from 'zod';

/** What a form posts. */
export interface Answer {
  readonly challenge: string | undefined;
  readonly passkey: string | undefined;
}

const longestAnswer = 16_384; // characters
const base64url = z.string().regex(/^[\w-]+$/);
/** At most 1 023 bytes. WebAuthn section 7.1 step 25. */
const credentialId = base64url.max(1_364);
const common = { id: credentialId, rawId: credentialId, type: z.literal('public-key') };

/** AuthenticationResponseJSON; what else is in it is left out. */
const assertion = z.object({
  ...common,
  response: z.object({ clientDataJSON: base64url, authenticatorData: base64url, signature: base64url, userHandle: base64url }),
});

/** RegistrationResponseJSON. Transports are hints for browsers: none is as good as a wrong one. */
const attestation = z.object({
  ...common,
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: z
      .array(z.string().regex(/^[a-z-]{1,32}$/))
      .max(10)
      .catch([]),
  }),
});

export type Assertion = z.output<typeof assertion>;
export type Attestation = z.output<typeof attestation>;

export function readAssertion(text: string | undefined): Assertion | undefined {
  return read(assertion, text);
}

export function readAttestation(text: string | undefined): Attestation | undefined {
  return read(attestation, text);
}

function read<S extends z.ZodType>(shape: S, text: string | undefined): z.output<S> | undefined {
  if (text === undefined || text.length > longestAnswer) return undefined;
  try {
    return shape.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // no JSON
  }
}
