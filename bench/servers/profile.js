/** Where the time of this process goes, sampled by V8: the costs of each function itself, without what it calls. */
import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Cost
 * @property {string} name - of the function
 * @property {string} place - where it stands: a package, a file of ours, or what Node brings
 * @property {number} share - of the time in which the process was busy
 */

const session = new Session();

export async function beginProfile() {
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 250 }); // microseconds
  await session.post('Profiler.start');
}

/** @returns {Promise<Cost[]>} the largest first */
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
  return [...costs.values()].map((cost) => ({ ...cost, share: cost.share / busy })).sort((a, b) => b.share - a.share);
}

/** @param {{ url: string, lineNumber: number }} callFrame */
function placeOf({ url, lineNumber }) {
  const [, inPackage] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (inPackage !== undefined) return inPackage;
  if (url.includes('/dist/')) return inLib(url, lineNumber);
  return url.startsWith('node:') ? url : url === '' ? 'V8 and C++' : 'bench';
}

/** In a bundle, a comment above the code of each module names its file. @param {string} url @param {number} lineNumber */
function inLib(url, lineNumber) {
  const above = readFileSync(fileURLToPath(url), 'utf8').split('\n', lineNumber);
  return (
    above.findLast((line) => /^\/\/ lib\/\S+\.ts$/.test(line))?.slice('// '.length) ?? url.replace(/^.*\/dist\/(.*)\.js$/, 'lib/$1.ts')
  );
}
