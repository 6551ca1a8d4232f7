/** The time. Nothing else in this package asks the system for it. */

/** Whole seconds since 1970, as `NumericDate` of RFC 7519 section 2. */
export type Clock = () => number;

export const systemClock: Clock = () => Math.floor(Date.now() / 1000);
