package kubiya.rules.access_test

import data.kubiya.lib.fixtures_test as fixtures
import data.kubiya.rules.access

test_while_the_brake_is_off_everything_goes_on if {
	every document in [fixtures.user_call, fixtures.anonymous_call, fixtures.creation("keys/create", {})] {
		_codes(document) == set()
	}
}

test_while_it_is_on_nobody_calls if {
	every document in [fixtures.user_call, fixtures.anonymous_call, _by_operator("tools/call")] {
		_codes(_frozen(document)) == {"access.frozen"}
		_codes(_untold(document)) == {"access.unverifiable"}
	}
}

test_while_it_is_on_nobody_makes_a_credential if {
	every document in [fixtures.creation("tokens/create", {}), _by_operator("keys/create")] {
		_codes(_frozen(document)) == {"access.frozen"}
	}
}

test_what_an_emergency_needs_goes_on if {
	every action in ["access/freeze", "access/unfreeze", "keys/revoke", "sessions/revoke"] {
		_codes(_frozen(_by_operator(action))) == set()
		_codes(_untold(_by_operator(action))) == set()
	}
}

test_it_goes_on_for_the_operator_alone if {
	every action in ["access/unfreeze", "keys/revoke"] {
		by_user := object.union(fixtures.creation("keys/create", {}), {"action": action})
		_codes(_frozen(by_user)) == {"access.frozen"}
	}
}

test_a_client_may_still_open_and_close_its_session if {
	every action in ["sessions/open", "sessions/close"] {
		_codes(_frozen(object.union(fixtures.user_list, {"action": action}))) == set()
	}
}

test_who_does_not_say_whether_it_is_on_is_stopped if {
	_codes(json.remove(fixtures.user_call, ["/frozen"])) == {"access.unverifiable"}
}

test_without_facts_nothing_goes_on if {
	found := access.deny with input as _frozen(_by_operator("access/unfreeze")) with data.facts as {}
	fixtures.codes(found) == {"access.frozen"}
}

test_the_reason_tells_why_and_since_when if {
	found := access.deny with input as _frozen(fixtures.user_call) with data.facts as fixtures.facts
	found == {{
		"code": "access.frozen",
		"message": "Access is frozen: a stolen key - wait until the operator lifts it.",
		"since_ms": fixtures.noon,
	}}
}

test_open_is_what_a_list_asks if {
	access.open with input as fixtures.user_list
	not access.open with input as _frozen(fixtures.user_list)
	not access.open with input as _untold(fixtures.user_list)
	not access.open with input as {}
}

_by_operator(action) := object.union_n([fixtures.anonymous_call, fixtures.by_operator, {"action": action}])

_frozen(document) := object.union(document, {"frozen": {"reason": "a stolen key", "since_ms": fixtures.noon}})

_untold(document) := object.union(document, {"frozen": {"reason": null, "since_ms": null}})

_codes(document) := fixtures.codes(found) if {
	found := access.deny with input as document with data.facts as fixtures.facts
}
