// A real OpenID Connect provider, for one test: `node provider.mjs PORT REDIRECT-ADDRESS`. Whoever signs in there by a name is
// that name; with `mfa` in it, by two factors.
import Provider from 'oidc-provider';

const [port, redirect] = process.argv.slice(-2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'jeton',
    client_secret: 'a secret that only this test knows',
    redirect_uris: [redirect],
    grant_types: ['authorization_code'],
    response_types: ['code'],
  }],
  claims: {
    openid: ['sub'],
    email: ['email', 'email_verified'],
    profile: ['name', 'preferred_username'],
  },
  cookies: { keys: ['of this test'] },
  features: { devInteractions: { enabled: true } },
  findAccount: (_, sub) => ({
    accountId: sub,
    claims: async () => ({
      sub, email: `${sub}@example.org`, email_verified: true, name: sub, preferred_username: sub,
    }),
  }),
  pkce: { required: () => true },
});
provider.on('server_error', (_, error) => console.error(error));
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
