/** What OpenID Connect adds to an authorization request. OpenID Connect Core sections 3.1.2.1 and 5.5. */
import { OAuthError } from '../errors.js';
import type { Parameters } from '../http/parameters.js';
import type { AuthorizationRequest, ClaimRequest, ClaimsRequest } from '../model/authorization.js';
import type { Client } from '../model/client.js';
import { scopeOfClaim } from './identity-scopes.js';

/** What `prompt` may say, each alone or with others; `none` only alone. */
export const prompts = ['none', 'login', 'consent', 'select_account'] as const;
/** What `display` may say. The screens fit all of them. */
export const displays = ['page', 'popup', 'touch', 'wap'] as const;

/** Binds the ID token to the client's session; without it nothing stops a replay of one that comes through the browser. Section 3.2.2.1. */
export function readNonce(parameters: Parameters, response_type: string): { nonce?: string } {
  const nonce = parameters.get('nonce');
  if (nonce !== undefined) return { nonce };
  if (response_type.split(' ').includes('id_token')) {
    throw new OAuthError('invalid_request', 'The parameter nonce is missing; it is required where the response_type has id_token.');
  }
  return {};
}

export function readPrompt(parameters: Parameters): { prompt: readonly string[] } {
  const prompt = wordsOf(parameters.get('prompt'));
  const unknown = prompt.filter((word) => !(prompts as readonly string[]).includes(word));
  if (unknown.length > 0)
    throw new OAuthError('invalid_request', 'The prompt is not known.', {
      mismatch: { what: 'prompt', asked: unknown.join(' '), fitting: prompts, source: 'known' },
    });
  if (prompt.includes('none') && prompt.length > 1) {
    throw new OAuthError('invalid_request', 'The prompt none must stand alone.');
  }
  return { prompt };
}

/** How the client would have us appear. Our screens fit all of it; the host's login page is told. */
export function readDisplay(parameters: Parameters): { display?: string } {
  const display = parameters.get('display');
  if (display === undefined) return {};
  if (!(displays as readonly string[]).includes(display)) {
    throw new OAuthError('invalid_request', 'The display is not known.', {
      mismatch: { what: 'display', asked: display, fitting: displays, source: 'known' },
    });
  }
  return { display };
}

export function readMaxAge(parameters: Parameters, { default_max_age }: Client): { max_age?: number } {
  const text = parameters.get('max_age');
  if (text !== undefined && !/^\d{1,15}$/.test(text)) {
    throw new OAuthError('invalid_request', 'The parameter max_age must be a number of seconds.');
  }
  const max_age = text === undefined ? default_max_age : Number(text);
  return max_age === undefined ? {} : { max_age };
}

/** Hints: nothing is refused for their sake. */
export function readHints(parameters: Parameters, { default_acr_values }: Client) {
  const login_hint = parameters.get('login_hint');
  const acr_values = wordsOf(parameters.get('acr_values'));
  const claims_locales = wordsOf(parameters.get('claims_locales'));
  const ui_locales = wordsOf(parameters.get('ui_locales'));
  const acr = acr_values.length > 0 ? acr_values : (default_acr_values ?? []);
  return {
    ...(login_hint !== undefined && { login_hint }),
    ...(acr.length > 0 && { acr_values: acr }),
    ...(claims_locales.length > 0 && { claims_locales }),
    ...(ui_locales.length > 0 && { ui_locales }),
  };
}

/** The authentication contexts one of which the client cannot do without: the claim acr, asked for as essential. Section 5.5.1.1. */
export function needsAcr({ claims }: Pick<AuthorizationRequest, 'claims'>): readonly unknown[] | undefined {
  const acr = claims?.id_token?.acr;
  if (!acr?.essential) return undefined;
  return acr.values ?? ('value' in acr ? [acr.value] : undefined);
}

/** The authentication contexts that the client would like best, for whoever logs the user in. */
export function wantedAcr(request: Pick<AuthorizationRequest, 'claims' | 'acr_values'>): readonly string[] {
  return needsAcr(request)?.map(String) ?? request.acr_values ?? [];
}

/** The parameter `claims`. Unknown members are passed over, as section 5.5 demands. */
export function readClaims(parameters: Parameters, client: Pick<Client, 'scope'>): { claims?: ClaimsRequest } {
  const text = parameters.get('claims');
  if (text === undefined) return {};
  const { userinfo, id_token } = parseObject(text);
  return {
    claims: {
      ...(userinfo !== undefined && { userinfo: readClaimRequests('userinfo', userinfo, client) }),
      ...(id_token !== undefined && { id_token: readClaimRequests('id_token', id_token, client) }),
    },
  };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (isObject(parsed)) return parsed;
  } catch {}
  throw new OAuthError('invalid_request', 'The parameter claims must be a JSON object.');
}

/** A word or a URI, with a language or without: what could be a sentence would stand on our consent screen. */
const claimName = /^[\w.:/-]{1,100}(#[A-Za-z0-9-]{1,35})?$/;

/** What the client must not learn by a scope it must not learn by name either. */
function mayAskFor(claim: string, { scope: allowed }: Pick<Client, 'scope'>): boolean {
  const scope = scopeOfClaim(claim);
  return claimName.test(claim) && (!allowed || scope === undefined || allowed.includes(scope));
}

function readClaimRequests(member: string, requests: unknown, client: Pick<Client, 'scope'>): Record<string, ClaimRequest> {
  if (!isObject(requests)) throw new OAuthError('invalid_request', `The member ${member} of the parameter claims must be an object.`);
  const wanted = Object.entries(requests).filter(([name]) => mayAskFor(name, client));
  return Object.fromEntries(wanted.map(([name, request]) => [name, readClaimRequest(name, request)]));
}

/** Section 5.5.1. */
function readClaimRequest(name: string, request: unknown): ClaimRequest {
  if (request === null) return null;
  if (!isObject(request) || ('values' in request && !Array.isArray(request.values))) {
    throw new OAuthError(
      'invalid_request',
      `The claim ${name} must be asked for by null, or by an object with essential, value or values.`,
    );
  }
  const { essential, value, values } = request;
  return {
    ...(essential === true && { essential }),
    ...(value !== undefined && { value }),
    ...(Array.isArray(values) && { values }),
  };
}

function wordsOf(text = ''): string[] {
  return [...new Set(text.split(' ').filter((word) => word !== ''))];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
