/** What the servers are asked to do. */
import type { JSONWebKeySet } from 'jose';
import type { Connection } from '../driver/connection.js';
import type { Target } from '../driver/target.js';
import type { Format } from '../world.js';

export interface Job {
  readonly name: string;
  readonly title: string;
  /** What the access tokens of the server are while it does this. */
  readonly format: Format;
  /** What is counted: one request, or all of a flow. */
  readonly unit: 'request' | 'flow';
  /** How many times the usual warm-up it needs, as it does each thing less often in a second. Left out: once. */
  readonly warmUps?: number;
  /** What it must not take is shown to the server before anything is measured. Left out: there is nothing that could be refused. @throws Error if it is taken */
  refusals?(worker: Worker): Promise<void>;
  /** Makes one worker ready, which may sign somebody in. */
  prepare(worker: Worker): Promise<Step>;
}

export interface Worker {
  readonly connection: Connection;
  readonly target: Target;
  readonly format: Format;
  /** How many there are, with this one. */
  readonly workers: number;
  /** A user of this worker alone, at each call another as far as there are enough. */
  user(): string;
}

/** Does it once, checks the status of each answer, and hands back what can be verified in full. @throws Error if anything is not right */
export type Step = () => Promise<Proof>;

/** Verifies one of many: signatures, claims, and all that the status does not tell. */
export type Proof = (keys: JSONWebKeySet) => Promise<void>;
