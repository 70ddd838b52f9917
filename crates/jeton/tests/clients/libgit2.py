# libgit2 clones and pushes, with the token as the password.
import os

import pygit2

pygit2.option(pygit2.GIT_OPT_SET_SSL_CERT_LOCATIONS, os.environ["CA"], None)


class Callbacks(pygit2.RemoteCallbacks):
    def credentials(self, url, username, allowed):
        return pygit2.UserPass("ann", os.environ["OWN"])

    def push_update_reference(self, name, message):
        assert message is None, (name, message)


repo = pygit2.clone_repository(f"{os.environ['URL']}/ann/notes", "work", callbacks=Callbacks())
with open("work/file", "w") as file:
    file.write("two\n")
repo.index.add("file")
repo.index.write()
ann = pygit2.Signature("Ann", "ann@example.org")
repo.create_commit("refs/heads/main", ann, ann, "two", repo.index.write_tree(), [repo.head.target])
repo.remotes["origin"].push(["refs/heads/main"], callbacks=Callbacks())
repo.remotes["origin"].fetch(callbacks=Callbacks())
assert repo.references["refs/remotes/origin/main"].target == repo.head.target
try:
    pygit2.clone_repository(f"{os.environ['URL']}/acme/labs", "hidden", callbacks=Callbacks())
except (pygit2.GitError, KeyError):
    pass
else:
    raise AssertionError("cloned")
