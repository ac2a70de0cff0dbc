package kubiya.manage_test

import data.kubiya.lib.fixtures_test as fixtures
import data.kubiya.manage

test_who_has_every_right_makes_a_key if {
	document := fixtures.creation("keys/create", {})
	decision := manage.decision with input as document with data.facts as fixtures.facts
	decision == {"allow": true, "obligations": [], "reasons": []}
}

test_who_has_not_does_not if {
	plain := object.union(fixtures.creation("keys/create", {}), {"principal": {"permissions": ["tools:list"]}})
	_codes(plain) == {"permissions.missing"}
}

test_nobody_in_particular_makes_nothing_even_where_no_credential_is_asked_for if {
	document := object.union(fixtures.creation("tokens/create", {"kind": "token"}), {
		"principal": {"kind": "anonymous", "permissions": null},
		"credential": fixtures.no_credential,
	})
	decision := manage.decision with input as document with data.facts as fixtures.open_facts
	decision.allow == false
}

test_the_operator_pulls_the_brake_and_lifts_it if {
	every action in ["access/freeze", "access/unfreeze"] {
		document := object.union_n([fixtures.handshake, fixtures.by_operator, {"action": action, "frozen": _freeze}])
		decision := manage.decision with input as document with data.facts as fixtures.facts
		decision == {"allow": true, "obligations": [], "reasons": []}
	}
}

test_the_operator_approves_a_tools_definition_and_nobody_else if {
	document := object.union_n([fixtures.handshake, fixtures.by_operator, {"action": "tools/approve"}])
	decision := manage.decision with input as document with data.facts as fixtures.facts
	decision == {"allow": true, "obligations": [], "reasons": []}
	_codes(object.union(fixtures.user_list, {"action": "tools/approve"})) == {"permissions.missing"}
	unknown := json.remove(fixtures.facts, ["/defaults/actions/tools~1approve"])
	fixtures.codes(manage.decision.reasons) == {"input.invalid"} with input as document with data.facts as unknown
}

test_while_it_is_on_no_credential_is_made if {
	_codes(object.union(fixtures.creation("keys/create", {}), {"frozen": _freeze})) == {"access.frozen"}
}

_freeze := {"reason": "a stolen key", "since_ms": fixtures.noon}

test_only_credentials_are_managed if {
	_codes(fixtures.user_list) == {"input.invalid"}
}

_codes(document) := fixtures.codes(decision.reasons) if {
	decision := manage.decision with input as document with data.facts as fixtures.facts
	decision.allow == false
}
