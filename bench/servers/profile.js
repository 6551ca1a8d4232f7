/** Where the time of this process goes, sampled by V8. */
import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Cost
 * @property {string} name - of the function
 * @property {string} place - where it stands: a package, a file of ours, or what Node brings
 * @property {number} share - of the time in which the process was busy
 */

/**
 * @typedef {object} Part
 * @property {string} place - a package, or a file of ours
 * @property {number} share - of the same time, with all that it calls; what is called by none of them since it was waited for is in none
 */

/** @typedef {{ readonly costs: Cost[], readonly parts: Part[] }} Profile - the costs of each function by itself, and of each part; the largest first */

const session = new Session();

export async function beginProfile() {
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 250 }); // microseconds
  await session.post('Profiler.start');
}

/** @returns {Promise<Profile>} */
export async function endProfile() {
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  const times = new Map(profile.nodes.map(({ id }) => [id, 0]));
  const { samples = [], timeDeltas = [] } = profile;
  for (const [index, id] of samples.entries()) times.set(id, (times.get(id) ?? 0) + (timeDeltas[index] ?? 0));
  /** @type {Map<string, Cost>} */
  const costs = new Map();
  let busy = 0;
  for (const { id, callFrame } of profile.nodes) {
    const name = callFrame.functionName || `(line ${callFrame.lineNumber + 1})`;
    if (name === '(idle)' || name === '(root)' || callFrame.url === 'node:inspector') continue;
    const time = times.get(id) ?? 0;
    busy += time;
    const place = placeOf(callFrame);
    const key = `${name} ${place}`;
    costs.set(key, { name, place, share: (costs.get(key)?.share ?? 0) + time });
  }
  return { costs: largestFirst([...costs.values()], busy), parts: largestFirst(partsOf(profile.nodes, times), busy) };
}

/** @template {Part} Row @param {readonly Row[]} rows @param {number} busy @returns {Row[]} */
function largestFirst(rows, busy) {
  return rows.map((row) => ({ ...row, share: row.share / busy })).sort((a, b) => b.share - a.share);
}

/** @param {readonly import('node:inspector').Profiler.ProfileNode[]} nodes @param {ReadonlyMap<number, number>} times @returns {Part[]} */
function partsOf(nodes, times) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  /** @type {Map<string, number>} */
  const parts = new Map();

  /** @param {number} id @param {ReadonlySet<string>} callers - that have been counted for it @returns {number} */
  function timeOf(id, callers) {
    const { callFrame, children = [] } = /** @type {import('node:inspector').Profiler.ProfileNode} */ (byId.get(id));
    const place = placeOf(callFrame);
    const isPart = !callers.has(place) && !/^(node:|V8 |bench$)/.test(place);
    const above = isPart ? new Set([...callers, place]) : callers;
    const time = children.reduce((sum, child) => sum + timeOf(child, above), times.get(id) ?? 0);
    if (isPart) parts.set(place, (parts.get(place) ?? 0) + time);
    return time;
  }

  const [root] = nodes;
  if (root) timeOf(root.id, new Set());
  return [...parts].map(([place, share]) => ({ place, share }));
}

/** @param {{ url: string, lineNumber: number }} callFrame */
function placeOf({ url, lineNumber }) {
  const [, inPackage] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (inPackage !== undefined) return inPackage;
  if (url.includes('/dist/')) return inLib(url, lineNumber);
  return url.startsWith('node:') ? url : url === '' ? 'V8 and C++' : 'bench';
}

/** @type {Map<string, readonly string[]>} */
const bundles = new Map();

/** In a bundle, a comment above the code of each module names its file. @param {string} url @param {number} lineNumber */
function inLib(url, lineNumber) {
  const lines = bundles.get(url) ?? readFileSync(fileURLToPath(url), 'utf8').split('\n');
  bundles.set(url, lines);
  const above = lines.slice(0, lineNumber);
  return (
    above.findLast((line) => /^\/\/ lib\/\S+\.ts$/.test(line))?.slice('// '.length) ?? url.replace(/^.*\/dist\/(.*)\.js$/, 'lib/$1.ts')
  );
}
