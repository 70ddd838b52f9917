# dulwich clones and pushes, with the token as the password.
import os

import urllib3
from dulwich import porcelain
from dulwich.client import get_transport_and_path

pool = urllib3.PoolManager(ca_certs=os.environ["CA"])
way = {"username": "ann", "password": os.environ["OWN"], "pool_manager": pool}
url = f"{os.environ['URL']}/ann/notes"
repo = porcelain.clone(url, "work", **way)
with open("work/file", "w") as file:
    file.write("two\n")
porcelain.add(repo, ["work/file"])
made = porcelain.commit(repo, message=b"two", author=b"Ann <ann@example.org>", committer=b"Ann <ann@example.org>")
porcelain.push(repo, url, "refs/heads/main", **way)
there, path = get_transport_and_path(url, **way)
assert there.get_refs(path.encode()).refs[b"refs/heads/main"] == made
try:
    porcelain.clone(f"{os.environ['URL']}/acme/labs", "hidden", **way)
except Exception as error:
    assert not isinstance(error, AssertionError)
else:
    raise AssertionError("cloned")
