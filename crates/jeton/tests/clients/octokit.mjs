// What Octokit does, as its documentation shows it.
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.env.MODULES}/x.js`);
const { Octokit } = await import(pathToFileURL(require.resolve("octokit")));
const client = (auth) => new Octokit({ auth, baseUrl: process.env.API, retry: { enabled: false }, throttle: { enabled: false } });
const own = client(process.env.OWN);
assert.equal((await own.rest.users.getAuthenticated()).data.login, "ann");
const notes = await own.rest.repos.get({ owner: "ann", repo: "notes" });
assert.equal(notes.data.full_name, "ann/notes");
await assert.rejects(
  own.request("GET /repos/{owner}/{repo}", { owner: "ann", repo: "notes", headers: { "if-none-match": notes.headers.etag } }),
  { status: 304 },
);
await own.rest.repos.createForAuthenticatedUser({ name: "fresh", private: true });
assert.deepEqual((await own.paginate(own.rest.repos.listForAuthenticatedUser, { per_page: 1 })).map((each) => each.name), ["fresh", "notes"]);
assert.equal((await own.rest.repos.update({ owner: "ann", repo: "fresh", description: "x" })).data.description, "x");
assert.equal((await own.rest.repos.delete({ owner: "ann", repo: "fresh" })).status, 204);
assert.equal((await own.graphql("{ viewer { login } }", { baseUrl: `${process.env.URL}/api` })).viewer.login, "ann");
assert.ok((await own.rest.rateLimit.get()).data.rate.limit > 0);
assert.equal((await own.rest.users.listEmailsForAuthenticatedUser()).data[0].verified, true);
for (const missing of [
  () => own.rest.repos.get({ owner: "acme", repo: "labs" }),
  () => own.rest.issues.listForRepo({ owner: "ann", repo: "notes" }),
  () => own.rest.emojis.get(),
]) {
  await assert.rejects(missing(), { status: 404 });
}

const acme = client(process.env.ACME);
assert.equal((await acme.rest.orgs.get({ org: "acme" })).data.login, "acme");
assert.deepEqual((await acme.paginate(acme.rest.repos.listForOrg, { org: "acme" })).map((each) => each.name), ["labs"]);
assert.deepEqual((await acme.rest.orgs.listMembers({ org: "acme" })).data.map((each) => each.login), ["ann"]);
await acme.rest.teams.create({ org: "acme", name: "Graders" });
await acme.rest.teams.addOrUpdateMembershipForUserInOrg({ org: "acme", team_slug: "graders", username: "ann" });
await acme.rest.teams.addOrUpdateRepoPermissionsInOrg({ org: "acme", team_slug: "graders", owner: "acme", repo: "labs", permission: "push" });
assert.deepEqual((await acme.rest.teams.listReposInOrg({ org: "acme", team_slug: "graders" })).data.map((each) => each.name), ["labs"]);
const { data: offer } = await acme.rest.repos.addCollaborator({ owner: "acme", repo: "labs", username: "kim", permission: "push" });
await acme.rest.repos.updateInvitation({ owner: "acme", repo: "labs", invitation_id: offer.id, permissions: "read" });
assert.equal((await acme.rest.repos.listInvitations({ owner: "acme", repo: "labs" })).data[0].permissions, "read");
await acme.rest.repos.deleteInvitation({ owner: "acme", repo: "labs", invitation_id: offer.id });
assert.equal((await acme.rest.repos.checkCollaborator({ owner: "acme", repo: "labs", username: "ann" })).status, 204);
await assert.rejects(acme.rest.repos.checkCollaborator({ owner: "acme", repo: "labs", username: "kim" }), { status: 404 });
const labs = { owner: "acme", repo: "labs" };
const begun = await acme.rest.repos.createOrUpdateFileContents({ ...labs, path: "README.md", message: "Begin", content: "eA==" });
await acme.rest.git.createRef({ ...labs, ref: "refs/heads/topic/a", sha: begun.data.commit.sha });
const renamed = await acme.rest.repos.renameBranch({ ...labs, branch: "topic/a", new_name: "topic/b" });
assert.deepEqual([renamed.status, renamed.data.name, renamed.data.commit.sha], [201, "topic/b", begun.data.commit.sha]);
assert.deepEqual((await acme.rest.repos.listBranches(labs)).data.map((each) => each.name), ["main", "topic/b"]);
await assert.rejects(acme.rest.repos.renameBranch({ ...labs, branch: "topic/b", new_name: "main" }), { status: 422 });
await assert.rejects(acme.rest.repos.renameBranch({ ...labs, branch: "topic/a", new_name: "x" }), { status: 404 });
assert.equal((await acme.rest.orgs.listPatGrants({ org: "acme" })).data[0].owner.login, "ann");
assert.ok((await acme.request("GET /orgs/{org}/audit-log", { org: "acme" }).catch((error) => error)).status);

// Secrets, sealed with libsodium as GitHub's documentation shows it.
const sodium = require("libsodium-wrappers");
await sodium.ready;
const seal = (value, { key, key_id }) => {
  const { ORIGINAL } = sodium.base64_variants;
  const sealed = sodium.crypto_box_seal(sodium.from_string(value), sodium.from_base64(key, ORIGINAL));
  return { encrypted_value: sodium.to_base64(sealed, ORIGINAL), key_id };
};
const names = async (asked) => (await asked).data.secrets.map((each) => each.name);
const { data: ofLabs } = await acme.rest.actions.getRepoPublicKey(labs);
for (const status of [201, 204]) {
  const put = await acme.rest.actions.createOrUpdateRepoSecret({ ...labs, secret_name: "DEPLOY", ...seal("x", ofLabs) });
  assert.equal(put.status, status);
}
assert.deepEqual(await names(acme.rest.actions.listRepoSecrets(labs)), ["DEPLOY"]);
assert.equal((await acme.rest.actions.getRepoSecret({ ...labs, secret_name: "deploy" })).data.name, "DEPLOY");
for (const wrong of [{ ...seal("x", ofLabs), key_id: "1234567890" }, { ...seal("x", ofLabs), encrypted_value: "bm90IHNlYWxlZA==" }, seal("x".repeat(48 * 1024 + 1), ofLabs)]) {
  await assert.rejects(acme.rest.actions.createOrUpdateRepoSecret({ ...labs, secret_name: "WRONG", ...wrong }), { status: 422 });
}
const { data: ofAcme } = await acme.rest.actions.getOrgPublicKey({ org: "acme" });
const some = { org: "acme", secret_name: "SOME" };
const labsId = (await acme.rest.repos.get(labs)).data.id;
await acme.rest.actions.createOrUpdateOrgSecret({ ...some, ...seal("y", ofAcme), visibility: "selected", selected_repository_ids: [] });
await acme.rest.actions.addSelectedRepoToOrgSecret({ ...some, repository_id: labsId });
const chosen = async () => (await acme.rest.actions.listSelectedReposForOrgSecret(some)).data.repositories.map((each) => each.full_name);
assert.deepEqual(await chosen(), ["acme/labs"]);
assert.deepEqual(await names(acme.rest.actions.listRepoOrganizationSecrets(labs)), ["SOME"]);
await acme.rest.actions.removeSelectedRepoFromOrgSecret({ ...some, repository_id: labsId });
await acme.rest.actions.setSelectedReposForOrgSecret({ ...some, selected_repository_ids: [labsId] });
assert.deepEqual(await chosen(), ["acme/labs"]);
assert.equal((await acme.rest.actions.getOrgSecret(some)).data.visibility, "selected");
assert.deepEqual(await acme.paginate(acme.rest.actions.listOrgSecrets, { org: "acme", per_page: 1 }).then((all) => all.map((each) => each.name)), ["SOME"]);
await acme.rest.actions.deleteOrgSecret(some);
await acme.rest.actions.deleteRepoSecret({ ...labs, secret_name: "DEPLOY" });
await assert.rejects(acme.rest.actions.getRepoSecret({ ...labs, secret_name: "DEPLOY" }), { status: 404 });
const { data: ofAnn } = await own.rest.codespaces.getPublicKeyForAuthenticatedUser();
const mine = { secret_name: "MINE" };
await own.rest.codespaces.createOrUpdateSecretForAuthenticatedUser({ ...mine, ...seal("z", ofAnn), selected_repository_ids: [`${notes.data.id}`] });
assert.deepEqual(await names(own.rest.codespaces.listSecretsForAuthenticatedUser()), ["MINE"]);
const { data: mineFor } = await own.rest.codespaces.listRepositoriesForSecretForAuthenticatedUser(mine);
assert.deepEqual(mineFor.repositories.map((each) => each.full_name), ["ann/notes"]);
await own.rest.codespaces.deleteSecretForAuthenticatedUser(mine);
await assert.rejects(own.rest.actions.listRepoSecrets(labs), { status: 404 });
