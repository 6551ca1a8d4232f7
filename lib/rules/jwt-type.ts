/** Tells JWTs by what they are for, so that one of them cannot pass for another. RFC 8725 section 3.11, RFC 7515 section 4.1.9. */

/** Whether `typ` says that it is such a JWT, or nothing more than that it is one: many clients do not say. */
export function isJwtType(typ: unknown, name: string): boolean {
  if (typ === undefined) return true;
  return typeof typ === 'string' && ['jwt', name].includes(typ.toLowerCase().replace(/^application\//, ''));
}
