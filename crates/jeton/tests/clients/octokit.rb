# What Ruby's Octokit does.
require "octokit"

def same(one, other)
  raise "#{one.inspect} is not #{other.inspect}" unless one == other
end

def client(token)
  Octokit::Client.new(access_token: token, api_endpoint: ENV["API"], per_page: 1, auto_paginate: true)
end

own = client(ENV["OWN"])
same(own.user.login, "ann")
same(own.repository("ann/notes").full_name, "ann/notes")
own.create_repository("fresh", private: true)
same(own.repositories.map(&:name), %w[fresh notes])
same(own.edit_repository("ann/fresh", description: "x").description, "x")
same(own.delete_repository("ann/fresh"), true)
same(own.repository?("ann/fresh"), false)
same(own.repository?("acme/labs"), false)
same(own.emails.map(&:email), ["ann@example.org"])
same(own.rate_limit!.limit > 0, true)
same(own.scopes, [])
same(own.meta.installed_version.nil?, false)
begin
  own.list_issues("ann/notes")
  raise "issues"
rescue Octokit::NotFound
end

acme = client(ENV["ACME"])
same(acme.organization("acme").login, "acme")
same(acme.organizations.map(&:login), ["acme"])
same(acme.organization_repositories("acme").map(&:name), ["labs"])
same(acme.organization_members("acme").map(&:login), ["ann"])
same(acme.organization_member?("acme", "kim"), false)
same(acme.organization_membership("acme").role, "admin")
same(acme.create_team("acme", name: "Graders").slug, "graders")
same(acme.organization_teams("acme").map(&:slug), ["graders"])
same(acme.collaborators("acme/labs").map(&:login), ["ann"])
same(acme.collaborator?("acme/labs", "kim"), false)
same(acme.permission_level("acme/labs", "ann").permission, "admin")
offer = acme.add_collaborator("acme/labs", "kim", permission: "push")
same([true, false].include?(offer) || !offer.nil?, true)
same(acme.repository_invitations("acme/labs").map { |each| each.invitee.login }, ["kim"])
same(acme.create_repository("second", organization: "acme", private: true).full_name, "acme/second")
