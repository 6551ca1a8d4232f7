/**
 * A machine client: how many contacts does each user have? It acts on its own behalf, by the client credentials grant (RFC 6749 section
 * 4.4), with a secret that it has from its environment. Run it while the example runs: node example-app/machine/report.js
 */
import * as client from 'openid-client';

const { PORT = '3000', REPORT_SECRET = 'a secret that Contacts and the report share' } = process.env;
const issuer = `http://localhost:${PORT}`;

try {
  console.log(`1. Where is the token endpoint? Contacts says so itself, at ${issuer}/.well-known/oauth-authorization-server`);
  const config = await client.discovery(new URL(issuer), 'report', {}, client.ClientSecretBasic(REPORT_SECRET), {
    algorithm: 'oauth2',
    execute: [client.allowInsecureRequests], // on localhost alone
  });

  console.log(`2. An access token, please: POST ${config.serverMetadata().token_endpoint}`);
  console.log('   grant_type=client_credentials, scope=read:statistics');
  const tokens = await client.clientCredentialsGrant(config, { scope: 'read:statistics' });
  console.log(`   It is good for ${tokens.expires_in} seconds, for ${tokens.scope}. There is no refresh token: one just asks again.`);

  console.log(`3. The API: GET ${issuer}/api/statistics`);
  const answer = await client.fetchProtectedResource(config, tokens.access_token, new URL(`${issuer}/api/statistics`), 'GET');
  const { users } = /** @type {{ users: { username: string, contacts: number }[] }} */ (await answer.json());

  console.log('\nContacts of each user');
  for (const { username, contacts } of users) console.log(`  ${username.padEnd(10)} ${contacts}`);
} catch (error) {
  console.error(sentenceFor(error));
  process.exitCode = 1;
}

/** @param {unknown} error */
function sentenceFor(error) {
  if (error instanceof client.ResponseBodyError) return `Contacts refused: ${error.error}. ${error.error_description ?? ''}`;
  if (error instanceof client.WWWAuthenticateChallengeError) {
    return `Contacts refused: ${error.cause[0]?.parameters.error ?? error.status}. Is REPORT_SECRET right?`;
  }
  if (error instanceof TypeError) return `Contacts does not answer at ${issuer}. Start it with: npm start`; // what fetch throws
  return `The report failed: ${error instanceof Error ? error.message : error}`;
}
