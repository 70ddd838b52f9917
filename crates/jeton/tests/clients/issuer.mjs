// A real OpenID Connect provider, for one test: `node issuer.mjs PORT ALGORITHM ADDRESS ISSUER`. Its clients are jobs: each is
// given tokens about itself, for whatever audience it asks. Each start makes another key, as a rotation does.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import Provider from 'oidc-provider';

const [port, alg, address, issuer] = process.argv.slice(-4);
const kinds = {
  RS256: ['rsa', { modulusLength: 2048 }],
  PS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
};
const { privateKey } = generateKeyPairSync(...kinds[alg]);
const key = { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg };
const jobs = ['repo:acme/widget:ref:refs/heads/main', 'repo:stranger/widget:ref:refs/heads/main'];
const provider = new Provider(issuer, {
  jwks: { keys: [key] },
  clients: jobs.map((sub) => ({
    client_id: sub,
    client_secret: 'a secret that only this test knows',
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    id_token_signed_response_alg: alg,
  })),
  extraTokenClaims: () => ({ repository: 'acme/widget', ref: 'refs/heads/main', event_name: 'push' }),
  features: {
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, resource) => ({
        scope: '', audience: resource, accessTokenFormat: 'jwt', accessTokenTTL: 300, jwt: { sign: { alg } },
      }),
    },
  },
});
provider.on('server_error', (_, error) => console.error(error));
provider.listen(Number(port), address, () => console.log('ready'));
