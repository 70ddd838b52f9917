// What a receiver does with Octokit's own library, as its documentation shows it.
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { text } from "node:stream/consumers";

const require = createRequire(`${process.env.MODULES}/x.js`);
const { Webhooks } = await import(pathToFileURL(`${process.env.MODULES}/@octokit/webhooks/dist-bundle/index.js`));
const { SECRET, SIGNATURE, DELIVERY } = process.env;
const payload = await text(process.stdin);
const webhooks = new Webhooks({ secret: SECRET });
assert.equal(await webhooks.verify(payload, SIGNATURE), true);
assert.equal(await webhooks.verify(`${payload} `, SIGNATURE), false);
assert.equal(await new Webhooks({ secret: "another" }).verify(payload, SIGNATURE), false);
let heard = 0;
webhooks.on("repository.edited", ({ id, name, payload }) => {
  heard += 1;
  assert.deepEqual([id, name], [DELIVERY, "repository"]);
  assert.equal(payload.repository.description, "ä &+");
});
await webhooks.verifyAndReceive({ id: DELIVERY, name: "repository", payload, signature: SIGNATURE });
assert.equal(heard, 1);
