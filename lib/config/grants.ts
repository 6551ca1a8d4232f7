/** The option `grants`: the host's own. RFC 6749 section 4.5. */
import { isObject, readMembers } from '../clients/members.js';
import type { ConfigurationProblem } from '../errors.js';
import type { KnownNames } from '../model/known.js';
import { checkRepeated } from './named.js';
import type { ExtensionGrant } from './options/grants.js';
import { grantShape } from './shapes/grants.js';

type Problems = ConfigurationProblem[];

/** RFC 6749 section 8.3: the type of a grant of one's own is a URI, so that it meets no other; here it is enough that it does not. */
export function readGrants(grants: readonly unknown[] = [], known: KnownNames, problems: Problems): readonly ExtensionGrant[] {
  const read = grants.flatMap((grant, i) => {
    const path = `grants[${i}]`;
    if (!isObject(grant)) {
      problems.push({ path, problem: 'It is not an object.', cure: 'Write { type, redeem }.' });
      return [];
    }
    const { type } = readMembers(grant, grantShape, path, problems);
    if (type === undefined) return [];
    if (known.grantTypes.includes(type)) {
      problems.push({ path: `${path}.type`, problem: `${type} is built in.`, cure: 'Give it another name.' });
    }
    return [grant as unknown as ExtensionGrant];
  });
  checkRepeated(
    grants.map((grant) => (isObject(grant) ? grant.type : undefined)),
    (i) => `grants[${i}].type`,
    problems,
  );
  return read;
}
