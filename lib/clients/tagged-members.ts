/** What people read of a client, by language: `client_name#de`. RFC 7591 section 2.2. */
import type { ConfigurationProblem } from '../errors.js';
import { canonicalTag } from '../languages/tag.js';
import { type ReadableMember, readableMembers, type TaggedMember } from '../model/client.js';
import { clientShape } from './client-shape.js';
import { below, readMembers } from './members.js';

export type TaggedMembers = Readonly<Record<TaggedMember, string>>;

/** More than anybody reads, and few enough for an identifier that is made of them. */
const mostLanguages = 20;

export function isTagged(name: string): name is TaggedMember {
  return readableMembers.some((member) => name.startsWith(`${member}#`));
}

/** Held to what holds for each member without a tag. */
export function readTaggedMembers(
  metadata: Readonly<Record<string, unknown>>,
  path: string,
  problems: ConfigurationProblem[],
): TaggedMembers {
  const read = readableMembers.map((member) => readLanguagesOf(member, metadata, path, problems));
  return Object.assign({}, ...read);
}

function readLanguagesOf(
  member: ReadableMember,
  metadata: Readonly<Record<string, unknown>>,
  path: string,
  problems: ConfigurationProblem[],
): Readonly<Record<string, string>> {
  const names = Object.keys(metadata).filter((name) => name.startsWith(`${member}#`));
  if (names.length > mostLanguages) {
    const problem = `It is given in more than ${mostLanguages} languages.`;
    problems.push({ path: below(path, member), problem, cure: 'Leave some out.' });
    return {};
  }
  const shape = Object.fromEntries(names.map((name) => [name, clientShape[member]]));
  const values = readMembers(metadata, shape, path, problems);
  return Object.fromEntries(
    names.flatMap((name) => {
      const tag = canonicalTag(name.slice(member.length + 1));
      if (tag === undefined) {
        const cure = `Write one as BCP 47 has it, as ${member}#de or ${member}#pt-BR.`;
        problems.push({ path: below(path, name), problem: 'What is behind the # is no language tag.', cure });
      }
      const value = values[name];
      return tag === undefined || value === undefined ? [] : [[`${member}#${tag}`, value]];
    }),
  );
}
