/** Lets jest find `x.ts` where our sources import `./x.js`, as the compiler wants them to. Packages are left alone. */

/** @type {import('jest-resolve').SyncResolver} */
module.exports = (request, options) => {
  const isOurs = /^\.\.?\/.*\.js$/.test(request) && !options.basedir.includes('/node_modules/');
  if (!isOurs) return options.defaultResolver(request, options);
  try {
    return options.defaultResolver(request.replace(/\.js$/, '.ts'), options);
  } catch {
    return options.defaultResolver(request, options);
  }
};
