package kubiya.read_test

import data.kubiya.lib.fixtures_test as fixtures
import data.kubiya.read

test_a_reading_needs_what_its_action_needs if {
	granted := read.decision with input as fixtures.user_read with data.facts as fixtures.facts
	granted == {"allow": true, "obligations": [], "reasons": []}
	_codes(object.union(fixtures.user_read, {"principal": {"permissions": ["tools:execute"]}})) == {"permissions.missing"}
}

test_nothing_is_read_while_the_brake_is_on if {
	_codes(object.union(fixtures.user_read, {"frozen": {"reason": "why", "since_ms": 1}})) == {"access.frozen"}
	_codes(object.union(fixtures.user_read, {"frozen": {"reason": null, "since_ms": null}})) == {"access.unverifiable"}
}

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
