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
