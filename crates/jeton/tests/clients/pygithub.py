# What PyGithub does with people, repositories, organizations, teams and collaborators.
import os

from github import Auth, Github, GithubException, UnknownObjectException


def client(token):
    return Github(auth=Auth.Token(token), base_url=os.environ["API"], verify=os.environ["CA"], per_page=1)


own = client(os.environ["OWN"])
user = own.get_user()
assert (user.login, user.type) == ("ann", "User"), user
user.edit(name="Ann")
assert own.get_user().name == "Ann"
assert [mail.email for mail in user.get_emails()] == ["ann@example.org"]
assert own.get_user("kim").login == "kim"
assert own.get_rate_limit().rate.limit > 0
assert own.rate_limiting[1] > 0
repo = own.get_repo("ann/notes")
assert (repo.private, repo.default_branch, repo.owner.login, repo.visibility) == (True, "main", "ann", "private")
assert repo.update() is False, "the same again is 304"
fresh = user.create_repo("fresh", private=True, description="words")
fresh.edit(description="others")
assert fresh.update() is False or fresh.description == "others"
assert sorted(each.full_name for each in user.get_repos()) == ["ann/fresh", "ann/notes"]
assert {each.name for each in own.get_user("ann").get_repos()} == {"fresh", "notes"}
fresh.delete()
for missing in (lambda: own.get_repo("ann/fresh"), lambda: own.get_repo("acme/labs"), lambda: list(repo.get_issues())):
    try:
        missing()
    except UnknownObjectException as error:
        assert error.status == 404
    else:
        raise AssertionError("found")

acme = client(os.environ["ACME"])
org = acme.get_organization("acme")
assert org.login == "acme" and org.default_repository_permission == "read"
assert [each.login for each in acme.get_user().get_orgs()] == ["acme"]
assert acme.get_user().get_organization_membership("acme").role == "admin"
assert [each.name for each in org.get_repos()] == ["labs"]
assert [each.login for each in org.get_members()] == ["ann"]
assert org.has_in_members(acme.get_user("ann")) and not org.has_in_members(acme.get_user("kim"))
org.invite_user(user=acme.get_user("kim"), role="direct_member")
assert [each.login for each in org.invitations()] == ["kim"]
org.cancel_invitation(next(iter(org.invitations())))
team = org.create_team("Course makers", description="them")
assert [each.slug for each in org.get_teams()] == ["course-makers"]
assert org.get_team_by_slug("course-makers").name == "Course makers"
team.add_membership(acme.get_user("ann"))
assert team.get_team_membership("ann").state == "active"
labs = org.get_repo("labs")
assert team.update_team_repository(labs, "push")
assert [each.name for each in team.get_repos()] == ["labs"]
team.remove_from_repos(labs)
team.edit("Course writers")
assert [each.slug for each in org.get_teams()] == ["course-writers"]
org.get_team_by_slug("course-writers").delete()
invitation = labs.add_to_collaborators("kim", permission="push")
assert invitation.invitee.login == "kim" and invitation.permissions == "write"
assert [each.invitee.login for each in labs.get_pending_invitations()] == ["kim"]
labs.remove_invitation(invitation.id)
assert [each.login for each in labs.get_collaborators()] == ["ann"]
assert labs.get_collaborator_permission("ann") == "admin"
assert labs.has_in_collaborators("ann") and not labs.has_in_collaborators("kim")
made = org.create_repo("second", private=True)
assert made.full_name == "acme/second"
org.edit(name="Acme")
assert acme.get_organization("acme").name == "Acme"
assert list(org.get_outside_collaborators()) == []
for place in (org, labs):
    told = {"url": "https://build.example.org/told", "content_type": "json", "secret": "well kept"}
    hook = place.create_hook("web", told, ["push"], active=True)
    assert (hook.events, hook.config["secret"], hook.active) == (["push"], "********", True)
    assert [each.id for each in place.get_hooks()] == [hook.id] and place.get_hook(hook.id).url == hook.url
    hook.edit("web", hook.config, events=["push", "member"])
    assert hook.events == ["push", "member"] and hook.config["secret"] == "********"
    hook.ping()
    deliveries = list(place.get_hook_deliveries(hook.id))
    assert all(each.event == "ping" for each in deliveries), deliveries
    if place is labs:
        hook.test()
    hook.delete()
    assert list(place.get_hooks()) == []
labs.create_file("README.md", "Begin", "x")
begun = labs.get_branch("main").commit.sha
labs.create_git_ref("refs/heads/topic/a", begun)
assert labs.rename_branch("topic/a", "topic/b")
assert labs.rename_branch(labs.get_branch("main"), "trunk")
assert {each.name: each.commit.sha for each in labs.get_branches()} == {"topic/b": begun, "trunk": begun}
assert acme.get_repo("acme/labs").default_branch == "trunk"
secret = labs.create_secret("DEPLOY", "first")
labs.create_secret("deploy", "second")
assert [each.name for each in labs.get_secrets()] == ["DEPLOY"]
assert labs.get_secret("DEPLOY").updated_at is not None
assert labs.delete_secret("DEPLOY") and list(labs.get_secrets()) == []
org.create_secret("EVERYWHERE", "x", visibility="all")
some = org.create_secret("SOME", "x", visibility="selected", selected_repositories=[labs])
assert [each.name for each in org.get_secrets()] == ["EVERYWHERE", "SOME"]
some = org.get_secret("SOME")
assert (some.visibility, [each.full_name for each in some.selected_repositories]) == ("selected", ["acme/labs"])
assert some.remove_repo(labs) and list(some.selected_repositories) == []
assert some.add_repo(made) and [each.name for each in some.selected_repositories] == ["second"]
assert some.edit("y", visibility="private") and org.get_secret("SOME").visibility == "private"
some.delete()
assert [each.name for each in org.get_secrets()] == ["EVERYWHERE"]
try:
    own.get_repo("ann/notes").create_secret("GITHUB_X", "x")
except GithubException as error:
    assert error.status == 422 and "GITHUB_" in str(error.data), error
else:
    raise AssertionError("set")
