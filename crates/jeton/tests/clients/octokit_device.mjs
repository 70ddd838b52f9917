// Octokit's strategy of signing in by a device's code.
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.env.MODULES}/x.js`);
const found = (name) => import(pathToFileURL(`${process.env.MODULES}/${name}`));
const { createOAuthDeviceAuth } = await found("@octokit/auth-oauth-device/dist-bundle/index.js");
const { Octokit } = await import(pathToFileURL(require.resolve("octokit")));
const octokit = new Octokit({
  baseUrl: process.env.API,
  retry: { enabled: false },
  throttle: { enabled: false },
  authStrategy: createOAuthDeviceAuth,
  auth: {
    clientType: "oauth-app",
    clientId: process.env.CLIENT,
    scopes: ["repo"],
    onVerification: ({ user_code, verification_uri }) => {
      assert.equal(verification_uri, `${process.env.URL}/login/device`);
      console.log(user_code);
    },
  },
});
const authentication = await octokit.auth({ type: "oauth" }).catch((error) => {
  console.log(error.response.data.error);
  process.exit(1);
});
assert.equal(authentication.tokenType, "oauth");
assert.deepEqual(authentication.scopes, ["repo"]);
const { data, headers } = await octokit.rest.users.getAuthenticated();
assert.equal(headers["x-oauth-scopes"], "repo");
assert.equal((await octokit.rest.repos.get({ owner: "ann", repo: "notes" })).data.private, true);
// acme has not let it in.
await assert.rejects(octokit.rest.repos.get({ owner: "acme", repo: "labs" }), { status: 403 });
console.log(`signed in as ${data.login}`);
