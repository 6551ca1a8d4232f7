/**
 * `npm run build`, after tsc: makes of the 250 modules in dist/ the few files that are shipped, with what they share in dist/bundle.
 *
 * Node takes about 0.3 ms for each module that it imports: until the first answer this saves 60 to 100 ms of CPU, 15 to 20 %.
 * The single modules stay beside it, not shipped, for the scripts that load some of them; the types are shipped as tsc wrote them.
 */
import { rmSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const entries = ['index', 'protect-api', 'cli/index']; // as package.json names them

/** What a bundle would otherwise forget: where in lib/ its code was written. @type {import('rollup').Plugin} */
const places = {
  name: 'places',

  /** For profiles and for who reads a stack trace, by a comment above the code of each module. */
  renderChunk: (whole, { modules }) =>
    Object.entries(modules).reduce((text, [file, { code }]) => {
      return code ? text.replace(code, () => `// ${inLib(file)}\n${code}`) : text;
    }, whole),

  /** For paths such as that of views/: they are relative to the module, which may have been in another folder than its bundle. */
  resolveImportMeta(property, { chunkId, moduleId }) {
    if (property !== 'url') return null;
    return `new URL('${slashed(relative(dirname(join(dist, chunkId)), moduleId))}', import.meta.url).href`;
  },
};

/**
 * One character beyond Latin 1, and V8 keeps a whole file at two bytes a character: 3 MB more for a started server, of 109.
 * @type {import('rollup').Plugin}
 */
const narrow = {
  name: 'narrow',
  renderChunk: (code) => code.replace(/[^\0-\xff]/g, (wide) => `\\u${wide.charCodeAt(0).toString(16).padStart(4, '0')}`),
};

rmSync(join(dist, 'bundle'), { recursive: true, force: true });
const bundle = await rollup({
  input: Object.fromEntries(entries.map((entry) => [entry, join(dist, `${entry}.js`)])),
  external: (name) => !name.startsWith('.') && !isAbsolute(name), // Node and all packages
  plugins: [places, narrow],
});
await bundle.write({
  dir: dist,
  chunkFileNames: 'bundle/shared.js', // numbered
  hoistTransitiveImports: false, // or each file would import by name what its imports import
  minifyInternalExports: false,
});
await bundle.close();

/** @param {string} file */
function inLib(file) {
  return `lib/${slashed(relative(dist, file)).replace(/\.js$/, '.ts')}`;
}

/** @param {string} path */
function slashed(path) {
  return path.replaceAll(sep, '/');
}
