/** What could not be measured, and why: the rest of the run goes on without it. */

export type What = 'speed' | 'redis' | 'starts' | 'scale' | 'profiles';

export interface Failure {
  readonly what: What;
  readonly node: string;
  /** Left out: all of them. */
  readonly job?: string;
  /** Left out: all of them. */
  readonly server?: string;
  readonly why: string;
}

/** The run ends here, and this sentence tells why. */
export class Refusal extends Error {}

export function sentenceOf({ what, node, job, server, why }: Failure): string {
  return `${[what, `Node ${node}`, job, server].filter((name) => name !== undefined).join(', ')}: ${why}`;
}
