/** The fuzzer: rounds of requests at a server with everything switched on, each answer judged, and what is found made small. */
import fc from 'fast-check';
import { type Asked, complaintsOf } from './oracles.js';
import { bytesOf, type FuzzRequest, rawFrom, requestFrom, requestsFrom } from './requests.js';
import { keepConnection, mannerNames, type SlowClient, short, startWatched, type Watched } from './slow.js';
import { type Answer, Connection, sendRaw } from './socket.js';
import { createWorld, type Loot, type World } from './world.js';

export interface FuzzOptions {
  /** What chance begins with; each round adds one. */
  readonly seed: number;
  /** How many requests at least, bytes that are hardly HTTP among them. */
  readonly requests: number;
  /** Of each round, which has new loot and a seed of its own. */
  readonly perRound?: number;
  /** No further round begins after so many seconds. */
  readonly seconds?: number;
  readonly onRound?: (progress: Progress) => void;
}

export interface Progress {
  readonly requests: number;
  readonly raw: number;
  /** Connections that were kept as long as could be, beside the requests. */
  readonly kept: number;
  readonly seconds: number;
}

export interface FuzzReport extends Progress {
  /** What was found, with the seed that finds it again; at most one. */
  readonly failure?: { readonly seed: number; readonly text: string };
  /** By endpoint and status, how often. */
  readonly answered: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Of the heap after garbage was collected, from the end of the first rounds to the end, in bytes; only with --expose-gc. */
  readonly growth?: number;
  /** The same, from the middle of the run on: what is remembered up to a bound has come there. */
  readonly growthInSecondHalf?: number;
  /** In milliseconds. */
  readonly slowest: number;
  /** Sockets, timers and the like, after the first rounds and at the end. */
  readonly handles: { readonly before: number; readonly after: number };
}

const atOnce = 8;
/** One connection of its own among so many requests. */
const rawAmong = 25;
/** In bytes; what is remembered up to a bound may grow so far. */
export const mostGrowth = 30_000_000;
/** Connections that are kept at the same time, and how often in a round. */
const keptAtOnce = { least: 20, most: 50 };
const wavesPerRound = 2;
/** What may have come to be open meanwhile: connections of one who asks, idle for a while. */
export const mostHandles = 24;
/** Rounds until everything has been made once, and caches are full. */
const warmUp = 3;
/** In rounds. */
const betweenHeaps = 10;

export async function fuzz({
  seed,
  requests,
  perRound = 2_000,
  seconds = Number.POSITIVE_INFINITY,
  onRound,
}: FuzzOptions): Promise<FuzzReport> {
  const world = await createWorld();
  const hurried = await startWatched(world.server.app, short);
  const connections = Array.from({ length: atOnce }, () => new Connection(world.port));
  const tally = { requests: 0, raw: 0, kept: 0, slowest: 0, answered: {} as Record<string, Record<string, number>> };
  const begin = performance.now();
  const sofar = (): Progress => ({
    requests: tally.requests,
    raw: tally.raw,
    kept: tally.kept,
    seconds: (performance.now() - begin) / 1000,
  });
  const heaps: number[] = [];
  let handlesBefore = Number.POSITIVE_INFINITY;
  let failure: FuzzReport['failure'];
  try {
    for (let round = 0; !failure && tally.requests < requests && sofar().seconds < seconds; round += 1) {
      const comeFrom = (seed + round) % 10 === 0 ? 1 : 250;
      const text = await playRound({ seed: seed + round, size: perRound, comeFrom, world, hurried, connections, tally });
      if (text !== undefined) failure = { seed: seed + round, text };
      if (globalThis.gc && round >= warmUp - 1 && (round - warmUp + 1) % betweenHeaps === 0) heaps.push(await heapUsed());
      if (round === warmUp - 1) handlesBefore = process.getActiveResourcesInfo().length;
      onRound?.(sofar());
    }
    if (heaps.length > 0) heaps.push(await heapUsed());
    const growth = heaps.length > 0 && { growth: growthIn(heaps), growthInSecondHalf: growthIn(heaps.slice(Math.floor(heaps.length / 2))) };
    return {
      ...sofar(),
      ...(failure && { failure }),
      answered: tally.answered,
      ...growth,
      slowest: tally.slowest,
      handles: { before: handlesBefore, after: process.getActiveResourcesInfo().length },
    };
  } finally {
    for (const connection of connections) connection.close();
    await hurried.close();
    await world.close();
  }
}

/** Twice, with a turn between: what is held by callbacks that are under way is let go of first. */
async function heapUsed(): Promise<number> {
  for (let times = 0; times < 2; times += 1) {
    await new Promise((wait) => setTimeout(wait, 50));
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

function growthIn(heaps: readonly number[]): number {
  return (heaps.at(-1) ?? 0) - (heaps[0] ?? 0);
}

interface Round {
  readonly seed: number;
  readonly size: number;
  /** From how many addresses requests come. From one, guesses are soon refused, which also has to be judged. */
  readonly comeFrom: number;
  readonly world: World;
  readonly hurried: Watched;
  readonly connections: readonly Connection[];
  readonly tally: { requests: number; raw: number; kept: number; slowest: number; answered: Record<string, Record<string, number>> };
}

/** Says what was found, and the smallest requests that show it. */
async function playRound({ seed, size, comeFrom, world, hurried, connections, tally }: Round): Promise<string | undefined> {
  const loot = await world.plunder();
  const batches = Math.ceil((2 * size) / atOnce); // on average they are half full
  const structured = fc.asyncProperty(requestsFrom(loot, atOnce), async (list) => {
    const complaints = await Promise.all(
      list.map((request, index) => play(request, connections[index] as Connection, comeFrom, world, tally)),
    );
    expectNothing([...complaints.flat(), ...world.accidents.splice(0)]);
  });
  const slow = fc.asyncProperty(slowFrom(loot), (clients) => playSlow(clients, world, hurried, tally));
  // Side by side: so that whatever holds up others makes the answers to the requests late.
  const [found, keptUp] = await Promise.all([firstFailure(structured, seed, batches), failureOfSlow(slow, seed)]);
  if (found !== undefined || keptUp !== undefined) return found ?? keptUp;
  if (Object.keys(Object.prototype).length > 0) return `All objects have got new members: ${Object.keys(Object.prototype)}`;
  const raw = fc.asyncProperty(rawFrom(loot), (parts) => playRaw(parts, world, tally));
  return firstFailure(raw, seed, Math.ceil(size / rawAmong));
}

async function firstFailure<T>(property: fc.IAsyncProperty<T>, seed: number, numRuns: number): Promise<string | undefined> {
  const result = await fc.check(property, { seed, numRuns, endOnFailure: false });
  if (!result.failed) return undefined;
  const [smallest] = result.counterexample as unknown as [FuzzRequest[] | Buffer[]];
  const shown = smallest.map((one) => (Buffer.isBuffer(one) ? JSON.stringify(one.toString('latin1')) : shownRequest(one)));
  const { errorInstance } = result;
  return `${errorInstance instanceof Error ? errorInstance.message : String(errorInstance)}\n\n${shown.join('\n\n')}`;
}

/** Not made smaller: each try takes seconds, and the complaint names the one that it is about. */
async function failureOfSlow(property: fc.IAsyncProperty<[SlowClient[]]>, seed: number): Promise<string | undefined> {
  const { errorInstance, failed } = await fc.check(property, { seed, numRuns: wavesPerRound, endOnFailure: true });
  return failed ? (errorInstance instanceof Error ? errorInstance.message : String(errorInstance)) : undefined;
}

function slowFrom(loot: Loot): fc.Arbitrary<SlowClient[]> {
  const request = requestFrom(loot).map((one) => bytesOf(one, '192.0.2.1').toString('latin1'));
  const one = fc.record({ manner: fc.constantFrom(...mannerNames), request, at: fc.nat(3_000), pause: fc.integer({ min: 1, max: 40 }) });
  const client = one.map((made) => (made.manner === 'reads no answer' ? { ...made, at: made.at % 100 } : made));
  return fc.array(client, { minLength: keptAtOnce.least, maxLength: keptAtOnce.most, size: 'max' });
}

function shownRequest(request: FuzzRequest): string {
  const text = bytesOf(request, '192.0.2.1').toString('latin1');
  return text.length > 4_000 ? `${text.slice(0, 4_000)} ... (${text.length} bytes)` : text;
}

function expectNothing(complaints: readonly string[]): void {
  if (complaints.length > 0) throw new Error([...new Set(complaints)].join('\n'));
}

let addresses = 0;

async function play(
  request: FuzzRequest,
  connection: Connection,
  comeFrom: number,
  world: World,
  tally: Round['tally'],
): Promise<string[]> {
  addresses = (addresses + 1) % comeFrom;
  const sent = { bytes: bytesOf(request, `192.0.2.${addresses}`), isHead: request.method === 'HEAD' };
  let answer = await connection.send(sent);
  if (answer.status === 0) answer = await connection.send(sent); // an idle connection may be closed just when it is used again
  // A busy machine is no hang: what hangs does so each time.
  for (let again = 0; answer.took > 1_000 && again < 2; again += 1) answer = await connection.send(sent);
  note(request.endpoint, answer, tally);
  if (answer.status === 201 && request.endpoint === 'register') world.learn(answer.body);
  if (answer.status === 200 && request.endpoint === 'client-configuration' && answer.body !== '') world.learn(answer.body);
  return complaintsOf(toJudge(request, sent.bytes, answer), askedBy(request), world.knowledge);
}

/** Who is refused while still sending a long body may find the connection closed before the answer was read. */
function toJudge({ coding }: FuzzRequest, bytes: Buffer, answer: Answer): Answer {
  const mayBeLost = bytes.length > 65_536 && answer.status === 0;
  return { ...answer, ...(mayBeLost && { status: 413 }), ...(coding === 'too short' && { surplus: '' }) };
}

function note(endpoint: string, { status, took }: Answer, tally: Round['tally']): void {
  tally.requests += 1;
  if (took > tally.slowest) tally.slowest = took;
  const counts = tally.answered[endpoint] ?? {};
  tally.answered[endpoint] = { ...counts, [status]: (counts[status] ?? 0) + 1 };
}

function askedBy({ method, path, query, form }: FuzzRequest): Asked {
  const fields = form && method !== 'GET' ? form : query;
  const [client_id, ...others] = fields.filter(([name]) => name === 'client_id').map(([, value]) => value);
  return { method, path, ...(client_id !== undefined && others.length === 0 && { client_id }) };
}

async function playRaw(parts: readonly Buffer[], world: World, tally: Round['tally']): Promise<void> {
  tally.requests += 1;
  tally.raw += 1;
  let outcome = await sendRaw(world.port, parts);
  for (let again = 0; outcome.took > 1_000 && again < 2; again += 1) outcome = await sendRaw(world.port, parts);
  const { statuses, text, took } = outcome;
  expectNothing([
    ...complaintsOfStatuses(statuses),
    ...(took > 1_000 ? [`The connection stayed open for ${Math.round(took)} ms.`] : []),
    ...(/\r\nlocation: (?:https?:)?[/\\]*evil\.example/i.test(text) ? ['It leads to evil.example.'] : []),
    ...(/^x-split:/im.test(text) ? ['A parameter has become a header.'] : []),
    ...secretsIn(text, world),
    ...world.accidents.splice(0),
  ]);
}

/** All at once, and somebody who asks for the keys meanwhile, each time on a connection of their own. */
async function playSlow(clients: readonly SlowClient[], world: World, hurried: Watched, tally: Round['tally']): Promise<void> {
  tally.kept += clients.length;
  let isOver = false;
  const waiting = askForKeys(hurried, () => isOver);
  const complaints = await Promise.all(clients.map((client) => keep(client, world, hurried)));
  isOver = true;
  const late = await waiting;
  const left = await hurried.left();
  expectNothing([
    ...complaints.flat(),
    ...late,
    ...(left === 0 ? [] : [`${left} connections are still open.`]),
    ...world.accidents.splice(0),
  ]);
}

async function keep(client: SlowClient, world: World, hurried: Watched): Promise<string[]> {
  let outcome = await keepConnection(hurried, client);
  for (let again = 0; outcome.isTooLong && again < 2; again += 1) outcome = await keepConnection(hurried, client);
  const { statuses, text, took, isTooLong } = outcome;
  const complaints = [
    ...complaintsOfStatuses(statuses),
    ...(isTooLong ? [`The connection stayed open for ${Math.round(took)} ms.`] : []),
    ...secretsIn(text, world),
  ];
  return complaints.map((complaint) => `${complaint} By one who ${client.manner}:\n${JSON.stringify(client)}`);
}

async function askForKeys({ port }: Watched, isOver: () => boolean): Promise<string[]> {
  const bytes = Buffer.from('GET /oauth/jwks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  const ask = () => new Connection(port).send({ bytes, isHead: false });
  const isGood = ({ status, took }: Answer) => status === 200 && took <= 1_000;
  do {
    let answer = await ask();
    // On a busy machine even three hundred milliseconds may pass before a head has been read.
    for (let again = 0; !isGood(answer) && again < 2; again += 1) answer = await ask();
    if (!isGood(answer)) return [`Somebody else was answered with ${answer.status} after ${Math.round(answer.took)} ms.`];
    await new Promise((wait) => setTimeout(wait, 20));
  } while (!isOver());
  return [];
}

function complaintsOfStatuses(statuses: readonly number[]): string[] {
  return statuses
    .filter((status) => status >= 500 && status !== 501 && status !== 503 && status !== 505)
    .map((status) => `The status is ${status}.`);
}

function secretsIn(text: string, { knowledge }: World): string[] {
  return knowledge.secrets.filter((secret) => text.includes(secret)).map((secret) => `It tells ${secret}`);
}
