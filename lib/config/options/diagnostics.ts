/** The options `development` and `log`: what developers and operators are told. */
import type { Log } from '../../platform/log.js';

/** What developers and operators are told. */
export interface OptionsForDiagnostics {
  /**
   * Whether error pages and `error_description` tell developers all that helps them: what was asked for, what is registered (also which
   * clients there are), and the nearest match. In production nobody is told; `oauth.on('request.refused')` is, either way. Default:
   * `true` if the issuer is an http URL, which it can be on a loopback host only, and `NODE_ENV` is not `production`; else `false`.
   */
  development?: boolean | undefined;

  /** Where warnings and errors go; `Log` shows how pino is fitted. Default: the console. */
  log?: Log | undefined;
}
