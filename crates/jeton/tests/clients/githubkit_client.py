# githubkit reads every answer into a model made from GitHub's own description.
import os

from githubkit import GitHub
from githubkit.exception import RequestFailed


def client(token):
    return GitHub(token, base_url=os.environ["API"], ssl_verify=os.environ["CA"])


owner = client(os.environ["OWN"])
own = owner.rest
assert own.users.get_authenticated().parsed_data.login == "ann"
assert own.users.get_by_username("kim").parsed_data.login == "kim"
assert own.users.list_emails_for_authenticated_user().parsed_data[0].email == "ann@example.org"
assert own.repos.get("ann", "notes").parsed_data.full_name == "ann/notes"
assert [each.name for each in own.repos.list_for_authenticated_user().parsed_data] == ["notes"]
assert own.repos.create_for_authenticated_user(data={"name": "fresh", "private": True}).parsed_data.private
assert own.repos.update("ann", "fresh", data={"description": "x"}).parsed_data.description == "x"
assert own.repos.delete("ann", "fresh").status_code == 204
assert own.rate_limit.get().parsed_data.resources.core.limit > 0
assert own.meta.get_all_versions().json() == ["2022-11-28"]
assert own.meta.root().parsed_data.current_user_url.endswith("/user")

organization = client(os.environ["ACME"])
acme = organization.rest
assert acme.orgs.get("acme").parsed_data.login == "acme"
assert [each.login for each in acme.orgs.list_for_authenticated_user().parsed_data] == ["acme"]
assert [each.login for each in acme.orgs.list_members("acme").parsed_data] == ["ann"]
assert acme.orgs.get_membership_for_user("acme", "ann").parsed_data.role == "admin"
assert acme.orgs.get_membership_for_authenticated_user("acme").parsed_data.state == "active"
assert [each.name for each in acme.repos.list_for_org("acme").parsed_data] == ["labs"]
team = acme.teams.create("acme", data={"name": "Graders"}).parsed_data
assert acme.teams.get_by_name("acme", team.slug).parsed_data.name == "Graders"
assert [each.slug for each in acme.teams.list("acme").parsed_data] == ["graders"]
assert acme.teams.add_or_update_membership_for_user_in_org("acme", "graders", "ann").parsed_data.state == "active"
assert acme.teams.add_or_update_repo_permissions_in_org("acme", "graders", "acme", "labs", data={"permission": "push"}).status_code == 204
assert [each.name for each in acme.teams.list_repos_in_org("acme", "graders").parsed_data] == ["labs"]
assert [each.login for each in acme.teams.list_members_in_org("acme", "graders").parsed_data] == ["ann"]
invitation = acme.repos.add_collaborator("acme", "labs", "kim", data={"permission": "push"}).parsed_data
assert [each.id for each in acme.repos.list_invitations("acme", "labs").parsed_data] == [invitation.id]
assert acme.repos.delete_invitation("acme", "labs", invitation.id).status_code == 204
assert [each.login for each in acme.repos.list_collaborators("acme", "labs").parsed_data] == ["ann"]
assert acme.repos.get_collaborator_permission_level("acme", "labs", "ann").parsed_data.permission == "admin"
assert acme.orgs.create_invitation("acme", data={"invitee_id": acme.users.get_by_username("kim").parsed_data.id}).parsed_data.login == "kim"
pending = acme.orgs.list_pending_invitations("acme").parsed_data
assert acme.orgs.cancel_invitation("acme", pending[0].id).status_code == 204
assert acme.teams.delete_in_org("acme", "graders").status_code == 204
assert acme.orgs.list_outside_collaborators("acme").parsed_data == []
assert acme.orgs.list_pat_grants("acme").parsed_data[0].owner.login == "ann"
assert acme.orgs.list_pat_grant_requests("acme").parsed_data == []
try:
    own.issues.list_for_repo("ann", "notes")
except RequestFailed as error:
    assert error.response.status_code == 404
else:
    raise AssertionError("issues")
