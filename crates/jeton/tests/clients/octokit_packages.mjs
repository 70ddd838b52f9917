// Octokit's operations on packages, of a person and of an organization.
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.env.MODULES}/x.js`);
const { Octokit } = await import(pathToFileURL(require.resolve("octokit")));
const client = (auth) => new Octokit({ auth, baseUrl: process.env.API, retry: { enabled: false }, throttle: { enabled: false } });
const of = { package_type: "npm", package_name: "pad" };

const own = client(process.env.OWN_PACKAGES).rest.packages;
const mine = (await own.listPackagesForAuthenticatedUser({ package_type: "npm" })).data;
assert.deepEqual(mine.map((each) => [each.name, each.version_count, each.visibility]), [["pad", 2, "private"]]);
assert.deepEqual((await own.listPackagesForAuthenticatedUser({ package_type: "container" })).data, []);
assert.deepEqual((await own.listPackagesForUser({ username: "ann", package_type: "npm", visibility: "public" })).data, []);
const one = (await own.getPackageForAuthenticatedUser(of)).data;
assert.deepEqual([one.id, one.package_type, one.owner.login], [mine[0].id, "npm", "ann"]);
assert.equal((await own.getPackageForUser({ ...of, username: "ann" })).data.id, one.id);
const versions = (await own.getAllPackageVersionsForPackageOwnedByAuthenticatedUser(of)).data;
assert.deepEqual(versions.map((each) => each.name), ["1.1.0", "1.0.0"]);
const by = { ...of, package_version_id: versions[1].id };
assert.equal((await own.getPackageVersionForAuthenticatedUser(by)).data.name, "1.0.0");
assert.equal((await own.getPackageVersionForUser({ ...by, username: "ann" })).data.id, versions[1].id);
assert.equal((await own.deletePackageVersionForAuthenticatedUser(by)).status, 204);
await assert.rejects(own.restorePackageVersionForAuthenticatedUser(by), { status: 403, message: /does not come back/ });
assert.deepEqual((await own.getAllPackageVersionsForPackageOwnedByUser({ ...of, username: "ann" })).data.map((each) => each.name), ["1.1.0"]);
assert.equal((await own.deletePackageForAuthenticatedUser(of)).status, 204);
await assert.rejects(own.getPackageForAuthenticatedUser(of), { status: 404 });
await assert.rejects(own.restorePackageForAuthenticatedUser(of), { status: 404 });

const acme = client(process.env.ACME_PACKAGES).rest.packages;
const ours = { ...of, org: "acme" };
assert.deepEqual((await acme.listPackagesForOrganization({ org: "acme", package_type: "npm" })).data.map((each) => each.name), ["pad"]);
assert.equal((await acme.getPackageForOrganization(ours)).data.owner.type, "Organization");
const [newest] = (await acme.getAllPackageVersionsForPackageOwnedByOrg(ours)).data;
assert.equal((await acme.getPackageVersionForOrganization({ ...ours, package_version_id: newest.id })).data.metadata.package_type, "npm");
await assert.rejects(acme.getPackageForOrganization({ ...ours, package_type: "maven" }), { status: 404 });

const reader = client(process.env.READ_PACKAGES).rest.packages;
await assert.rejects(reader.deletePackageForOrg(ours), { status: 403 });
assert.equal((await acme.deletePackageVersionForOrg({ ...ours, package_version_id: newest.id })).status, 204);
// With its last version the package went.
await assert.rejects(acme.getPackageForOrganization(ours), { status: 404 });
