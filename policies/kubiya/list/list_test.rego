package kubiya.list_test

import data.kubiya.lib.fixtures_test as fixtures
import data.kubiya.list

test_who_has_no_role_is_shown_every_tool if {
	_visible(fixtures.anonymous_list, fixtures.open_facts) == {
		"kubectl": "yes",
		"git-log": "yes",
		"deploy": "yes",
		"list_runners": "yes",
		"execute_tool": "maybe",
		"create_agent": "no_permission",
	}
}

test_a_role_is_shown_what_it_names if {
	_visible(fixtures.user_list, fixtures.facts) == {"kubectl": "yes", "git-log": "yes"}
	_visible(_with_roles(["viewer"]), fixtures.facts) == {"kubectl": "no_permission"}
	_visible(_with_roles(["viewer", "releaser"]), fixtures.facts) == {"kubectl": "no_permission", "deploy": "yes"}
}

test_a_key_only_narrows if {
	narrow := object.union(fixtures.user_list, {"principal": {"permissions": ["tools:list"]}})
	_visible(narrow, fixtures.facts) == {"kubectl": "no_permission", "git-log": "no_permission"}
}

test_a_token_is_shown_what_its_key_may if {
	token := object.union(fixtures.token, {"parent": {"permissions": ["tools:list"]}})
	document := object.union(fixtures.user_list, {
		"principal": {"roles": [], "permissions": null},
		"credential": token,
	})
	_visible(document, fixtures.facts).kubectl == "no_permission"
	wider := object.union(document, {"credential": {"parent": {"permissions": ["*"]}}})
	_visible(wider, fixtures.facts).kubectl == "yes"
}

test_what_every_call_needs_closes_every_tool if {
	facts := object.union(fixtures.facts, {"defaults": {"actions": {"tools/call": ["agents:manage"]}}})
	_visible(fixtures.user_list, facts) == {"kubectl": "no_permission", "git-log": "no_permission"}
	_visible(_with_roles(["admin"]), facts).kubectl == "yes"
	without := json.remove(fixtures.facts, ["/defaults/actions/tools~1call"])
	_visible(fixtures.user_list, without) == {"kubectl": "no_permission", "git-log": "no_permission"}
}

test_anonymous_may_be_given_everything if {
	facts := object.union(fixtures.open_facts, {"defaults": {"anonymous": {"*": true}}, "allow_platform_apis": true})
	_visible(fixtures.anonymous_list, facts).create_agent == "yes"
}

test_the_whitelist_closes_the_set if {
	facts := object.union(fixtures.facts, {"whitelist": {"kubectl": true, "deploy": true, "nothing": true}})
	_visible(fixtures.user_list, facts) == {"kubectl": "yes"}
	_visible(fixtures.user_list, object.union(fixtures.facts, {"whitelist": {}})) == {}
}

test_with_the_switch_on_the_platform_can_be_changed if {
	facts := object.union(fixtures.facts, {"allow_platform_apis": true})
	visible := _visible(_with_roles(["admin"]), facts)
	visible.create_agent == "yes"
}

test_disabled_runners_leave_reading if {
	facts := object.union(fixtures.facts, {"runners": {"enabled": false}})
	_visible(_with_roles(["admin"]), facts) == {
		"kubectl": "no_runner",
		"git-log": "no_runner",
		"deploy": "no_runner",
		"list_runners": "yes",
		"execute_tool": "no_runner",
		"create_agent": "no_permission",
	}
}

test_a_runner_that_may_not_be_used_closes_its_tools_but_not_those_that_choose if {
	facts := object.union(fixtures.facts, {"runners": {"allowed": {"names": {"runner1": true}, "prefixes": []}}})
	visible := _visible(_with_roles(["admin"]), facts)
	visible.kubectl == "no_runner"
	visible.execute_tool == "maybe"
	visible.list_runners == "yes"
}

test_what_acts_on_a_runner_of_the_callers_choice_depends_on_it if {
	there := {"create_agent": {"effect": "acts_on_runner"}}
	facts := object.union(fixtures.facts, {"allow_platform_apis": true, "defaults": {"platform_tools": there}})
	_visible(_with_roles(["admin"]), facts).create_agent == "maybe"
	off := object.union(facts, {"runners": {"enabled": false}})
	_visible(_with_roles(["admin"]), off).create_agent == "no_runner"
	without := json.remove(facts, ["/defaults/platform_tools/create_agent/effect"])
	_visible(_with_roles(["admin"]), without).create_agent == "yes"
}

test_a_runner_of_unknown_health_closes_its_tools if {
	facts := object.union(fixtures.facts, {"tools": {"kubectl": {"runner": {"healthy": null}}}})
	_visible(fixtures.user_list, facts) == {"kubectl": "no_runner", "git-log": "yes"}
}

test_a_tool_that_waits_for_approval_is_shown_and_closed if {
	facts := object.union(fixtures.facts, {"tools": {"kubectl": {"approved": false}}})
	_visible(fixtures.user_list, facts) == {"kubectl": "no_permission", "git-log": "yes"}
}

test_a_tool_that_requires_nothing_is_closed if {
	facts := object.union(fixtures.facts, {"tools": {"kubectl": {"requires": []}}})
	_visible(fixtures.user_list, facts) == {"kubectl": "no_permission", "git-log": "yes"}
}

test_who_is_not_admitted_is_shown_nothing if {
	decision := list.decision with input as fixtures.anonymous_list with data.facts as fixtures.facts
	decision.allow == false
	decision.visible == {}
	fixtures.codes(decision.reasons) == {"credential.missing"}
}

test_only_the_list_of_tools_is_a_list if {
	handshake := object.union(fixtures.user_list, {"action": "server/discover", "principal": {"permissions": []}})
	decision := list.decision with input as handshake with data.facts as fixtures.facts
	decision.visible == {}
	fixtures.codes(decision.reasons) == {"input.invalid"}
}

_with_roles(roles) := object.union(fixtures.user_list, {"principal": {"roles": roles}})

_visible(document, facts) := decision.visible if {
	decision := list.decision with input as document with data.facts as facts
	decision.allow == true
}
