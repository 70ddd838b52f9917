// Octokit as an application that keeps a secret: where it leads a browser, and what it does with the code that comes back.
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.env.MODULES}/x.js`);
const { OAuthApp, Octokit } = await import(pathToFileURL(require.resolve("octokit")));
const app = new OAuthApp({
  clientType: "oauth-app",
  clientId: process.env.CLIENT,
  clientSecret: process.env.SECRET,
  Octokit: Octokit.defaults({ baseUrl: process.env.API, retry: { enabled: false }, throttle: { enabled: false } }),
});
const code = process.env.CODE;
if (code === undefined) {
  console.log(app.getWebFlowAuthorizationUrl({ state: "of the test", scopes: ["repo"] }).url);
  process.exit(0);
}
const { authentication } = await app.createToken({ code });
assert.deepEqual(authentication.scopes, ["repo"]);
const octokit = await app.getUserOctokit({ token: authentication.token, scopes: authentication.scopes });
assert.equal((await octokit.rest.users.getAuthenticated()).data.login, "ann");
const checked = await app.checkToken({ token: authentication.token });
assert.equal(checked.data.user.login, "ann");
const reset = await app.resetToken({ token: authentication.token });
assert.notEqual(reset.data.token, authentication.token);
await assert.rejects(app.checkToken({ token: authentication.token }), { status: 404 });
assert.equal((await app.checkToken({ token: reset.data.token })).data.app.name, "Board");
await app.deleteToken({ token: reset.data.token });
await assert.rejects(app.checkToken({ token: reset.data.token }), { status: 404 });
