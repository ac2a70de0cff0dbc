package kubiya.rules.roles_test

import data.kubiya.lib.fixtures_test as fixtures
import data.kubiya.rules.roles

test_a_role_names_tools_exactly_and_by_their_beginning if {
	_denied("kubectl", ["developer"]) == set()
	_denied("git-log", ["developer"]) == set()
	_denied("deploy", ["developer"]) == {{"roles.tool_not_allowed", "deploy"}}
}

test_a_role_without_a_list_names_every_tool if {
	_denied("deploy", ["admin"]) == set()
}

test_several_roles_add_up if {
	_denied("deploy", ["developer", "releaser"]) == set()
}

test_who_has_no_role_is_not_limited_by_one if {
	_denied("deploy", []) == set()
}

test_a_role_that_is_not_defined_denies_and_is_the_only_reason if {
	_denied("kubectl", ["developer", "ghost"]) == {{"roles.unknown", "ghost"}}
}

test_without_a_tool_only_unknown_roles_matter if {
	roles.deny == set() with input as fixtures.user_list with data.facts as fixtures.facts
}

test_facts_without_roles_deny if {
	found := roles.deny with input as fixtures.user_call with data.facts as object.remove(fixtures.facts, ["roles"])
	fixtures.codes(found) == {"roles.unknown"}
}

test_the_reason_names_the_tool_and_the_callers_roles if {
	document := object.union_n([fixtures.user_call, fixtures.of_tool("deploy")])
	found := roles.deny with input as document with data.facts as fixtures.facts
	some reason in found
	reason.tool == "deploy"
	reason.roles == ["developer"]
}

_denied(tool, names) := {{reason.code, _subject(reason)} | some reason in found} if {
	document := object.union_n([fixtures.user_call, fixtures.of_tool(tool), {"principal": {"roles": names}}])
	found := roles.deny with input as document with data.facts as fixtures.facts
}

_subject(reason) := reason.role if reason.code == "roles.unknown"

_subject(reason) := reason.tool if reason.code == "roles.tool_not_allowed"
