/** What every page with a form does: GET shows it, POST acts on it, and only on a POST that comes from our own page. */
import type { HttpRequest, HttpResponse, Server } from '../contracts.js';
import type { Message } from '../model/words.js';

/** Why a form is shown again. */
export interface Refusal {
  readonly notice: Message;
  readonly status: number;
}

const notGenuine: Refusal = { notice: { message: 'form.again' }, status: 403 };

/**
 * CSRF: a post without the token that this browser was given changes nothing and is shown the form, with a token that is right.
 * A user whose cookie was lost goes on with one more click; an attacker's page gets nowhere. RFC 9700 section 4.7.
 */
export function form({
  show,
  submit,
}: {
  show(http: HttpRequest, server: Server, refusal?: Refusal): Promise<HttpResponse>;
  submit(http: HttpRequest, server: Server): Promise<HttpResponse>;
}): (http: HttpRequest, server: Server) => Promise<HttpResponse> {
  return async (http, server) => {
    if (http.method !== 'POST') return show(http, server);
    return http.genuine ? submit(http, server) : show(http, server, notGenuine);
  };
}
