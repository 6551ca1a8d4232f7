/** The option `registration`. RFC 7591 section 3. */
import { below, type Complete, isObject } from '../clients/members.js';
import type { Registration } from '../contracts.js';
import type { ConfigurationProblem } from '../errors.js';
import type { Client } from '../model/client.js';
import { readNamed } from './named.js';
import { registrationShape } from './shapes/registration.js';

type Problems = ConfigurationProblem[];

export function readRegistration(given: true | Readonly<Record<string, unknown>>, problems: Problems): Registration {
  const members = readNamed(given === true ? {} : given, registrationShape, 'registration', problems);
  const { softwareStatements = {}, ...rest } = members as Complete<typeof registrationShape>;
  const path = 'registration.softwareStatements';
  const issuers = Array.isArray(softwareStatements.issuers) ? softwareStatements.issuers : [];
  if (members.softwareStatements && issuers.length === 0) {
    problems.push({ path: below(path, 'issuers'), problem: 'It is not a list, or empty.', cure: 'Write [{ issuer, jwks_uri }].' });
  }
  return {
    ...rest,
    softwareStatements: new Map(issuers.map((issuer, i) => readIssuer(issuer, `${path}.issuers[${i}]`, problems))),
    requireSoftwareStatement: softwareStatements.required === true,
  };
}

function readIssuer(given: unknown, path: string, problems: Problems): [string, Pick<Client, 'jwks' | 'jwks_uri'>] {
  const { issuer, jwks, jwks_uri } = isObject(given) ? given : {};
  if (typeof issuer !== 'string' || isObject(jwks) === (typeof jwks_uri === 'string')) {
    problems.push({ path, problem: 'It has no issuer, or not one of jwks and jwks_uri.', cure: 'Write { issuer, jwks_uri }.' });
  }
  return [String(issuer), isObject(jwks) ? { jwks: jwks as unknown as NonNullable<Client['jwks']> } : { jwks_uri: String(jwks_uri) }];
}
