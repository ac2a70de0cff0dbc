package kubiya.rules.credentials_test

import data.kubiya.lib.fixtures_test as fixtures
import data.kubiya.rules.credentials

test_a_verified_key_is_fine if {
	credentials.deny == set() with input as fixtures.user_call with data.facts as fixtures.facts
}

test_a_credential_is_over_at_its_millisecond if {
	_codes(_presenting({"expires_ms": fixtures.noon + 1})) == set()
	_codes(_presenting({"expires_ms": fixtures.noon})) == {"credential.expired"}
	_codes(_presenting({"expires_ms": fixtures.noon - 1})) == {"credential.expired"}
}

test_an_end_that_is_no_number_is_over if {
	_codes(_presenting({"expires_ms": "never"})) == {"credential.expired"}
	_codes(_presenting({"expires_ms": null})) == {"credential.expired"}
}

test_only_a_cloud_key_may_have_no_end if {
	_codes(_presenting({"kind": "cloud", "expires_ms": null})) == set()
	_codes(_presenting({"kind": "jwt", "expires_ms": null})) == {"credential.expired"}
}

test_a_revoked_credential_is_refused if {
	_codes(_presenting({"revoked_ms": fixtures.noon})) == {"credential.revoked"}
	_codes(_presenting({"revoked_ms": "later"})) == {"credential.revoked"}

	# Whenever it was: a clock that is behind revives nothing.
	_codes(_presenting({"revoked_ms": fixtures.noon + 1})) == {"credential.revoked"}
}

test_a_child_dies_with_its_parent if {
	_codes(_presenting(fixtures.token)) == set()
	expired := object.union(fixtures.token, {"parent": {"expires_ms": fixtures.noon}})
	_codes(_presenting(expired)) == {"credential.expired"}
	revoked := object.union(fixtures.token, {"parent": {"revoked_ms": fixtures.noon}})
	_codes(_presenting(revoked)) == {"credential.revoked"}
}

test_of_a_session_that_is_a_credential_the_end_is_not_told_as_a_credential_s if {
	session := object.union(fixtures.token, {"kind": "session"})
	_codes(_presenting(session)) == set()
	_codes(_presenting(object.union(session, {"expires_ms": fixtures.noon}))) == set()
	_codes(_presenting(object.union(session, {"revoked_ms": fixtures.noon}))) == set()
	orphaned := object.union(session, {"parent": {"revoked_ms": fixtures.noon}})
	_codes(_presenting(orphaned)) == {"credential.revoked"}
}

test_one_without_a_kind_ends_too if {
	over := json.remove(_presenting({"expires_ms": fixtures.noon}), ["/credential/kind"])
	"credential.expired" in _codes(over)
	revoked := json.remove(_presenting({"revoked_ms": fixtures.noon}), ["/credential/kind"])
	"credential.revoked" in _codes(revoked)
}

test_a_child_without_its_parent_is_unknown if {
	orphan := object.union(fixtures.token, {"parent": null})
	_codes(_presenting(orphan)) == {"credential.unknown"}
	"credential.unknown" in _codes(_presenting({"kind": "invented"}))
}

test_a_child_of_a_child_is_unknown if {
	every kind in ["token", "session", "invented"] {
		grandchild := object.union(fixtures.token, {"parent": {"kind": kind}})
		_codes(_presenting(grandchild)) == {"credential.unknown"}
	}
}

test_what_was_not_proven_is_unknown if {
	_codes(_unproven("malformed")) == {"credential.unknown"}
	_codes(_unproven("unknown")) == {"credential.unknown"}
	_codes(_unproven("invented")) == {"credential.unknown"}
	_codes(json.remove(fixtures.user_call, ["/credential/status"])) == {"credential.unknown"}
}

test_what_cannot_be_verified_now_is_refused_as_that if {
	_codes(_unproven("unverifiable")) == {"credential.unverifiable"}
}

test_a_verified_credential_stands_for_a_user if {
	nobody := object.union(fixtures.user_call, {"principal": {"kind": "anonymous"}})
	_codes(nobody) == {"credential.unknown"}
}

test_without_a_credential_nobody_passes_where_one_is_asked_for if {
	_codes(fixtures.anonymous_call) == {"credential.missing"}
	credentials.deny == set() with input as fixtures.anonymous_call with data.facts as fixtures.open_facts
}

test_facts_that_do_not_say_ask_for_a_credential if {
	found := credentials.deny with input as fixtures.anonymous_call
		with data.facts as object.remove(fixtures.facts, ["require_auth"])
	fixtures.codes(found) == {"credential.missing"}
}

test_a_user_without_a_credential_is_refused_even_where_none_is_asked_for if {
	claimed := object.union(fixtures.user_call, {"credential": fixtures.no_credential})
	found := credentials.deny with input as claimed with data.facts as fixtures.open_facts
	fixtures.codes(found) == {"credential.missing"}
}

test_the_handshake_on_stdio_passes_so_that_the_client_can_show_what_is_wrong if {
	_codes(fixtures.handshake) == set()
	_codes(object.union(fixtures.handshake, {"credential": {"status": "unknown"}})) == set()
	_codes(object.union(fixtures.handshake, {"credential": {"status": "unverifiable"}})) == set()
}

test_the_handshake_over_http_needs_a_credential if {
	remote := object.union(fixtures.handshake, {"request": {"transport": "http"}})
	_codes(remote) == {"credential.missing"}
}

test_the_operator_needs_no_credential_on_the_command_line_alone if {
	_codes(object.union(fixtures.handshake, fixtures.by_operator)) == set()
	remote := object.union_n([fixtures.handshake, fixtures.by_operator, {"request": {"transport": "http"}}])
	_codes(remote) == {"credential.missing"}
}

_presenting(credential) := object.union(fixtures.user_call, {"credential": credential})

_unproven(status) := object.union_n([
	fixtures.user_call,
	{"principal": {"kind": "anonymous"}, "credential": fixtures.no_credential},
	{"credential": {"status": status}},
])

_codes(document) := fixtures.codes(found) if {
	found := credentials.deny with input as document with data.facts as fixtures.facts
}
