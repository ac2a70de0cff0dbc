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

test_a_role_names_what_can_be_read_as_it_names_tools if {
	_reading_codes("git-help", ["developer"]) == set()
	_reading_codes("kubectl", ["developer"]) == set()
	_reading_codes("file:///notes", ["developer"]) == {"roles.tool_not_allowed"}
	_reading_codes("file:///notes", ["developer", "admin"]) == set()
	_reading_codes("file:///notes", []) == set()
	_reading_codes("kubectl", ["ghost"]) == {"roles.unknown"}
}

test_what_says_no_name_is_named_by_no_list if {
	document := object.union_n([json.remove(fixtures.user_read, ["/arguments"]), {"arguments": {}}])
	found := roles.deny with input as document with data.facts as fixtures.facts
	fixtures.codes(found) == {"roles.tool_not_allowed"}
	admin := object.union(document, {"principal": {"roles": ["admin"]}})
	roles.deny == set() with input as admin with data.facts as fixtures.facts
}

_reading_codes(uri, names) := fixtures.codes(found) if {
	document := object.union(fixtures.user_read, {"arguments": {"uri": uri}, "principal": {"roles": names}})
	found := roles.deny with input as document with data.facts as fixtures.facts
}

_denied(tool, names) := {{reason.code, _subject(reason)} | some reason in found} if {
	document := object.union_n([fixtures.user_call, fixtures.of_tool(tool), {"principal": {"roles": names}}])
	found := roles.deny with input as document with data.facts as fixtures.facts
}

_subject(reason) := reason.role if reason.code == "roles.unknown"

_subject(reason) := reason.tool if reason.code == "roles.tool_not_allowed"
