package kubiya.read_test

import data.kubiya.lib.fixtures_test as fixtures
import data.kubiya.read

test_a_reading_needs_what_its_action_needs if {
	granted := read.decision with input as _read_by_admin with data.facts as fixtures.facts
	granted == {"allow": true, "obligations": [], "reasons": []}
	_codes(object.union(_read_by_admin, {"principal": {"permissions": ["tools:execute"]}})) == {"permissions.missing"}
}

test_nothing_is_read_while_the_brake_is_on if {
	_codes(object.union(_read_by_admin, {"frozen": {"reason": "why", "since_ms": 1}})) == {"access.frozen"}
	_codes(object.union(_read_by_admin, {"frozen": {"reason": null, "since_ms": null}})) == {"access.unverifiable"}
}

test_what_whitelist_and_roles_do_not_name_is_not_read if {
	listed := object.union(fixtures.facts, {"whitelist": {"file:///notes": true}})
	allowed := read.decision with input as _read_by_admin with data.facts as listed
	allowed.allow == true
	closed := object.union(fixtures.facts, {"whitelist": {"kubectl": true}})
	denied := read.decision with input as _read_by_admin with data.facts as closed
	fixtures.codes(denied.reasons) == {"whitelist.not_listed"}
	_codes(fixtures.user_read) == {"roles.tool_not_allowed"}
}

_read_by_admin := object.union(fixtures.user_read, {"principal": {"roles": ["admin"]}})

test_a_list_and_a_call_are_no_readings if {
	_codes(fixtures.user_list) == {"input.invalid"}
	_codes(fixtures.user_call) == {"input.invalid"}
}

test_without_input_and_facts_the_answer_is_a_denial if {
	decision := read.decision with input as {} with data.facts as {}
	decision.allow == false
}

_codes(document) := fixtures.codes(decision.reasons) if {
	decision := read.decision with input as document with data.facts as fixtures.facts
	decision.allow == false
}
