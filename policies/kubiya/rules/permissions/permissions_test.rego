package kubiya.rules.permissions_test

import data.kubiya.lib.fixtures_test as fixtures
import data.kubiya.rules.permissions

test_a_role_grants_what_the_tool_requires if {
	_denied(_by(["developer"], null)) == set()
	_denied(_by(["admin"], null)) == set()
}

test_a_role_without_the_permission_does_not if {
	_denied(_by(["viewer"], null)) == {["tools:execute"]}
}

test_one_role_must_give_both_the_permission_and_the_tool if {
	_denied(_by(["viewer", "releaser"], null)) == {["tools:execute"]}
	_denied(_by(["viewer", "developer"], null)) == set()
}

test_a_key_only_narrows_what_its_roles_give if {
	_denied(_by(["developer"], ["tools:list"])) == {["tools:execute"]}
	_denied(_by(["developer"], ["tools:execute"])) == set()
	_denied(_by(["viewer"], ["*"])) == {["tools:execute"]}
}

test_a_token_has_at_most_what_its_key_has_at_use if {
	_denied(_by_token(["*"], ["tools:execute"])) == set()
	_denied(_by_token(["*"], ["tools:list"])) == {["tools:execute"]}
	_denied(_by_token(["tools:list"], ["*"])) == {["tools:execute"]}
	_denied(_by_token(null, ["tools:execute"])) == set()
	_denied(_by_token(null, ["tools:list"])) == {["tools:execute"]}
	_denied(_by_token(["tools:execute"], null)) == {["tools:execute"]}
	_denied(_by_token(null, null)) == {["tools:execute"]}
}

test_a_token_whose_key_does_not_tell_its_rights_has_none if {
	silent := json.remove(_by_token(["*"], ["*"]), ["/credential/parent/permissions"])
	_denied(silent) == {["tools:execute"]}
}

test_a_token_has_its_keys_roles if {
	document := object.union(_by_token(null, null), {"principal": {"roles": ["developer"]}})
	_denied(document) == set()
	_denied(object.union(document, {"principal": {"roles": ["viewer"]}})) == {["tools:execute"]}
}

test_without_a_role_the_keys_own_permissions_decide if {
	_denied(_by([], ["tools:execute"])) == set()
	_denied(_by([], ["*"])) == set()
	_denied(_by([], [])) == {["tools:execute"]}
}

test_who_has_neither_roles_nor_permissions_has_no_rights if {
	_denied(_by([], null)) == {["tools:execute"]}
}

test_anonymous_may_what_the_defaults_give if {
	_denied(fixtures.anonymous_call) == set()
	_denied(fixtures.anonymous_list) == set()
	_denied(object.union(fixtures.handshake, fixtures.of_tool("create_agent"))) == {["agents:manage"]}
}

test_the_operator_has_every_permission if {
	_denied(object.union_n([fixtures.anonymous_call, fixtures.by_operator])) == set()
}

test_an_action_needs_its_own_permission if {
	_denied(fixtures.user_list) == set()
	_denied(object.union(fixtures.user_list, {"principal": {"permissions": ["tools:execute"]}})) == {["tools:list"]}
}

test_for_a_role_that_is_not_defined_no_permission_is_asked if {
	_denied(_by(["ghost"], null)) == set()
}

test_a_script_of_the_callers_own_needs_more_than_running_a_tool if {
	_denied(_script(["tools:execute"])) == {["tools:execute", "scripts:execute"]}
	_denied(_script(["scripts:execute"])) == {["tools:execute", "scripts:execute"]}
	_denied(_script(["tools:execute", "scripts:execute"])) == set()
	_denied(_script(["*"])) == set()
	_denied(json.remove(_script(["*"]), ["/principal/permissions"])) == {["tools:execute", "scripts:execute"]}
}

test_a_source_which_brings_scripts_needs_more_than_managing_agents if {
	needs := ["agents:manage", "scripts:execute"]
	_denied(_source(["agents:manage", "tools:execute"])) == {needs}
	_denied(_source(["scripts:execute"])) == {needs}
	_denied(_source(needs)) == set()
	_denied(_source(["*"])) == set()
	_denied(json.remove(_source(needs), ["/principal/permissions"])) == {needs}
}

test_the_sentence_names_every_permission if {
	tool := {"tool": {"requires": ["agents:read", "tools:execute"]}}
	document := object.union(_by([], ["agents:read"]), tool)
	found := permissions.deny with input as document with data.facts as fixtures.facts
	some reason in found
	contains(reason.message, "agents:read and tools:execute")
}

_by(roles, own) := object.union(fixtures.user_call, {"principal": {"roles": roles, "permissions": own}})

_script(own) := object.union(_by([], own), {"tool": {"requires": ["tools:execute", "scripts:execute"]}})

_source(own) := object.union(_by([], own), {"tool": {"requires": ["agents:manage", "scripts:execute"]}})

_by_token(own, parents) := object.union(_by([], own), {"credential": _token(parents)})

_token(parents) := object.union(fixtures.token, {"parent": {"permissions": parents}})

_denied(document) := {reason.needed | some reason in found} if {
	found := permissions.deny with input as document with data.facts as fixtures.facts
}
