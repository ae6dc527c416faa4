// A real OpenID provider (npm oidc-provider) for the sign-in test: one client, everybody who types a login exists.
import http from 'node:http';
import { Provider } from 'oidc-provider';

const redirect = process.argv[2];
const server = http.createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'jishi', client_secret: 'a-secret-of-the-test', redirect_uris: [redirect],
      grant_types: ['authorization_code'], response_types: ['code'],
    }],
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['preferred_username'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['key-of-the-test'] },
    features: { devInteractions: { enabled: true } },
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: `sub-${id}`, preferred_username: id }) }),
  });
  server.on('request', provider.callback());
  console.log(`listening ${issuer}`);
});
