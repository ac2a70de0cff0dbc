package kubiya.call_test

import data.kubiya.call
import data.kubiya.lib.fixtures_test as fixtures

test_a_call_to_which_no_topic_objects_may_run if {
	decision := call.decision with input as fixtures.user_call with data.facts as fixtures.facts
	decision == {"allow": true, "obligations": [], "reasons": []}
}

test_who_may_not_be_here_may_not_call if {
	_codes(object.union(fixtures.user_call, {"credential": {"expires_ms": fixtures.noon}})) == {"credential.expired"}
	_codes(fixtures.anonymous_call) == {"credential.missing"}
}

test_every_topic_has_its_say if {
	deploy := object.union_n([fixtures.user_call, fixtures.of_tool("deploy")])
	_codes(deploy) == {"roles.tool_not_allowed"}
	_codes(object.union(fixtures.user_call, {"tool": {"approved": false}})) == {"tools.not_approved"}
	_codes(object.union(fixtures.user_call, {"runner": {"healthy": false}})) == {"runners.unhealthy"}
	_codes(object.union(fixtures.user_call, {"principal": {"roles": ["viewer"]}})) == {"permissions.missing"}
	_codes(object.union(fixtures.user_call, {"frozen": {"reason": "why", "since_ms": 1}})) == {"access.frozen"}
}

test_only_the_call_of_a_tool_is_a_call if {
	_codes(fixtures.user_list) == {"input.invalid"}
	_codes(object.union(fixtures.user_list, {"action": "tools/call"})) == {"input.invalid"}
}

test_nothing_at_all_is_denied if {
	decision := call.decision with input as {} with data.facts as {}
	decision.allow == false
}

_codes(document) := fixtures.codes(decision.reasons) if {
	decision := call.decision with input as document with data.facts as fixtures.facts
	decision.allow == false
}
