/** Which URLs may be trusted with codes and tokens: https, or http that never leaves the device. RFC 8252 section 7.3. */

/** `hostname` as it must be written; what a parser would make into one of these, such as `127.1`, is none. */
export function isLoopbackHost(hostname: string): boolean {
  return ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);
}

/**
 * An absolute URL, in ASCII and without user name and password. Its text is asked, not the parser alone, whose kindness lets
 * `https:host`, `https:///host`, `https://host\@other` and `http://127.1` pass.
 */
export function isHttpsOrLoopback(url: string): boolean {
  const [, scheme, host] = /^(https?):\/\/([\w.-]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?(?:[/?#][\x21-\x5b\x5d-\x7e]*)?$/.exec(url) ?? [];
  return host !== undefined && URL.canParse(url) && (scheme === 'https' || isLoopbackHost(host));
}

/** A path on this host. Two slashes would begin a host. */
export function isPath(url: string): boolean {
  return /^\/(?![/\\])/.test(url);
}

/** A scheme of an app's own has a period; what a browser would run or read (`javascript`, `data`, `file`) has none. RFC 8252 section 7.1. */
export function isAppScheme(uri: string): boolean {
  return /^[a-z][a-z0-9+-]*\.[a-z0-9.+-]*:/.test(uri);
}
