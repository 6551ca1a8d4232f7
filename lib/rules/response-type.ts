/** Which answer is asked for, and how it travels. OAuth 2.0 Multiple Response Type Encoding Practices. */
import type { ResponseMode, ResponseType } from '../contracts.js';
import { OAuthError } from '../errors.js';
import type { Parameters } from '../http/parameters.js';
import type { Client } from '../model/client.js';

/** The words in alphabetical order, as the specifications write them: section 3 says that it means nothing. `undefined` if it is no response type. */
export function normalizeResponseType(response_type: string, known: readonly ResponseType[]): string | undefined {
  const words = response_type.split(' ');
  const rows = known.filter(({ word }) => words.includes(word));
  const isKnown = rows.length === words.length && (rows.length === 1 || rows.every(({ combines }) => combines));
  return isKnown ? words.sort().join(' ') : undefined;
}

/** Every combination of the words. */
export function allResponseTypes(known: readonly ResponseType[]): string[] {
  const combining = known.filter(({ combines }) => combines).map(({ word }) => word);
  const subsets: string[][] = [[]];
  for (const word of combining) subsets.push(...subsets.map((set) => [...set, word]));
  const alone = known.filter(({ combines }) => !combines).map(({ word }) => [word]);
  return [...subsets, ...alone].filter((set) => set.length > 0).map((set) => set.sort().join(' '));
}

export function readResponseType(
  parameters: Parameters,
  client: Client,
  scope: readonly string[],
  known: readonly ResponseType[],
): { response_type: string } {
  const asked = parameters.need('response_type');
  const response_type = normalizeResponseType(asked, known);
  if (response_type === undefined) {
    throw new OAuthError('unsupported_response_type', 'The response_type is not known.', {
      mismatch: { what: 'response_type', asked, fitting: allResponseTypes(known), source: 'known' },
    });
  }
  if (!client.response_types.includes(response_type)) {
    throw new OAuthError('unauthorized_client', 'This client is not registered for the response_type.', {
      mismatch: { what: 'response_type', asked: response_type, fitting: client.response_types, source: 'registered' },
    });
  }
  if (response_type.split(' ').includes('id_token') && !scope.includes('openid')) {
    throw new OAuthError('invalid_scope', 'An ID token is asked for, and the scope openid is missing.');
  }
  return { response_type };
}

export function readResponseMode(
  parameters: Parameters,
  response_type: string,
  types: readonly ResponseType[],
  modes: readonly ResponseMode[],
): { response_mode: string } {
  const asked = parameters.get('response_mode');
  const mode = chooseMode(asked, response_type, types, modes);
  if (asked === undefined || asked === mode) return { response_mode: mode };
  if (modes.some(({ name }) => name === asked)) {
    throw new OAuthError('invalid_request', `The response_mode ${asked} must not carry tokens: servers and histories would keep them.`);
  }
  throw new OAuthError('invalid_request', 'The response_mode is not known.', {
    mismatch: { what: 'response_mode', asked, fitting: modes.map(({ name }) => name), source: 'known' },
  });
}

/** The mode that is asked for, if it is one that may be used; else the default. Also for errors, whatever else is wrong. Section 5. */
export function chooseMode(
  asked: string | undefined,
  response_type: string,
  types: readonly ResponseType[],
  modes: readonly ResponseMode[],
): string {
  const words = response_type.split(' ');
  const hasTokens = types.some(({ word, inFragment }) => inFragment && words.includes(word));
  const mode = modes.find(({ name }) => name === asked);
  if (mode && (mode.carriesTokens || !hasTokens)) return mode.name;
  return hasTokens ? 'fragment' : 'query';
}
