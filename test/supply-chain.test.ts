/** What comes along when this package is installed: no more than is named here, and nothing that runs by itself. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

interface LockedPackage {
  readonly version: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly peer?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly name: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly gypfile?: boolean;
  readonly dependencies: Readonly<Record<string, string>>;
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const own = readJson<Manifest>('package.json');
const lock = readJson<{ readonly lockfileVersion: number; readonly packages: Readonly<Record<string, LockedPackage>> }>(
  'package-lock.json',
);

/** By the folder that each is installed in. */
const production = reachable();

/**
 * All packages that are installed in production, by who brings them. A new one is added here by hand, with its reason beside its parent's in
 * README's list of dependencies.
 */
const brought: Readonly<Record<string, readonly string[]>> = {
  // Reads what authenticators sign: CBOR, COSE keys, certificates. The X.509 packages are for attestations, which are not asked for; they are
  // loaded when the first passkey is used, and not before.
  '@simplewebauthn/server': [
    '@hexagon/base64',
    '@levischuck/tiny-cbor',
    '@peculiar/asn1-android',
    '@peculiar/asn1-asym-key',
    '@peculiar/asn1-cms',
    '@peculiar/asn1-csr',
    '@peculiar/asn1-ecc',
    '@peculiar/asn1-pfx',
    '@peculiar/asn1-pkcs8',
    '@peculiar/asn1-pkcs9',
    '@peculiar/asn1-rsa',
    '@peculiar/asn1-schema',
    '@peculiar/asn1-x509',
    '@peculiar/asn1-x509-attr',
    '@peculiar/asn1-x509-post-quantum',
    '@peculiar/utils',
    '@peculiar/x509',
    'asn1js',
    'pvtsutils',
    'pvutils',
    'reflect-metadata',
    'tslib',
    'tsyringe',
  ],
  'cookie-parser': ['cookie', 'cookie-signature'],
  csurf: [
    'cookie',
    'cookie-signature',
    'csrf',
    'depd',
    'http-errors',
    'inherits',
    'random-bytes',
    'rndm',
    'setprototypeof',
    'statuses',
    'toidentifier',
    'tsscmp',
    'uid-safe',
  ],
  ejs: [],
  ioredis: ['@ioredis/commands', 'cluster-key-slot', 'debug', 'denque', 'ms', 'redis-errors', 'standard-as-callback'],
  jose: [],
  negotiator: ['content-type'],
  'rate-limiter-flexible': [],
  zod: [],
};

/** Counted with the second `cookie` of csurf and the second `tslib` of tsyringe. */
const howMany = 55;

describe('what is installed with this package', () => {
  it('is what is named here, and no other', () => {
    expect(Object.keys(brought).sort()).toEqual(Object.keys(own.dependencies).sort());
    const named = new Set(Object.entries(brought).flatMap(([parent, others]) => [parent, ...others]));
    expect([...new Set([...production.keys()].map(nameOf))].sort()).toEqual([...named].sort());
    expect(production.size).toBe(howMany);
  });

  it.each(Object.entries(brought))('comes from who is said to bring it: %s', (parent, others) => {
    const found = new Set([...reachable([parent]).keys()].map(nameOf));
    found.delete(parent);
    expect([...found].sort()).toEqual([...others].sort());
  });

  it('runs nothing when it is installed', () => {
    const running = ['preinstall', 'install', 'postinstall', 'prepare'];
    const scripts = [own, ...manifests()].flatMap(({ name, scripts = {}, gypfile }) => [
      // `prepare` of a dependency runs for Git alone; ours would run for who installs this from Git.
      ...running.filter((script) => script in scripts && (script !== 'prepare' || name === own.name)).map((script) => `${name} ${script}`),
      ...(gypfile ? [`${name} gypfile`] : []),
    ]);
    expect(scripts).toEqual([]);
    expect([...production].filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([]);
    expect([...production.keys()].filter((folder) => existsSync(join(root, folder, 'binding.gyp')))).toEqual([]);
  });
});

describe('the lock file', () => {
  it('has the hash of each package, of development too, and none that is not from the registry', () => {
    expect(lock.lockfileVersion).toBe(3);
    const others = Object.entries(lock.packages).filter(([folder]) => folder !== '');
    const doubtful = others.filter(
      ([, { integrity = '', resolved }]) => !integrity.startsWith('sha512-') || resolved !== undefined, // `.npmrc` leaves the registry's out
    );
    expect(doubtful.map(([folder]) => folder)).toEqual([]);
  });

  it('is what is installed here', () => {
    for (const [folder, { version }] of production)
      expect(readJson<{ version: string }>(join(folder, 'package.json')).version).toBe(version);
  });
});

describe('SECURITY.md', () => {
  it('says how to report, and names no address that nobody reads', () => {
    const text = readFileSync(join(root, 'SECURITY.md'), 'utf8');
    expect(text).toContain('**Report a vulnerability**');
    expect(text).not.toMatch(/[\w.]+@[\w.]+/);
  });
});

/** What is installed for these, wherever it has been put. The nearest folder above has it, as Node looks for it. */
function reachable(from: readonly string[] = Object.keys(own.dependencies)): Map<string, LockedPackage> {
  const found = new Map<string, LockedPackage>();
  const visit = (name: string, parent: string) => {
    const folder = nearest(name, parent);
    const entry = lock.packages[folder];
    if (!entry) throw new Error(`The lock file has no ${name} for ${parent}.`);
    if (found.has(folder)) return;
    found.set(folder, entry);
    for (const dependency of Object.keys(entry.dependencies ?? {})) visit(dependency, folder);
  };
  for (const name of from) visit(name, '');
  return found;
}

function nearest(name: string, parent: string): string {
  for (let folder = parent; folder !== ''; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (lock.packages[`${folder}/node_modules/${name}`]) return `${folder}/node_modules/${name}`;
  }
  return `node_modules/${name}`;
}

function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function manifests(): Manifest[] {
  return [...production.keys()].map((folder) => readJson<Manifest>(join(folder, 'package.json')));
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(root, path), 'utf8')) as T;
}
