package kubiya.rules.sessions_test

import data.kubiya.lib.fixtures_test as fixtures
import data.kubiya.rules.sessions

test_a_modern_client_with_a_plain_key_needs_no_session if {
	_codes(fixtures.user_call) == set()
}

test_a_legacy_client_names_its_session if {
	_codes(_legacy({})) == {"session.missing"}
	_codes(_legacy({"session": fixtures.session})) == set()
	_codes(_legacy({"action": "server/discover"})) == {"session.missing"}
}

test_who_closes_a_session_names_it if {
	closing := {"action": "sessions/close"}
	every document in [_legacy(closing), object.union(fixtures.user_call, closing)] {
		_codes(document) == {"session.missing"}
		_codes(object.union(document, {"session": fixtures.session})) == set()
	}
	sessions.deny != set() with input as _legacy(closing) with data.facts as fixtures.open_facts
}

test_where_nobody_must_authenticate_there_are_no_sessions if {
	sessions.deny == set() with input as _legacy({}) with data.facts as fixtures.open_facts
}

test_on_stdio_the_process_is_one if {
	stdio := object.union(fixtures.user_call, {"request": {"transport": "stdio"}})
	_codes(stdio) == {"session.missing"}
	_codes(object.union(stdio, {"session": fixtures.session})) == set()
	_codes(object.union(stdio, {"action": "server/discover"})) == set()
}

test_who_opens_a_session_has_none_yet if {
	_codes(_legacy({"action": "sessions/open"})) == set()
	stdio := object.union(fixtures.user_call, {"request": {"transport": "stdio"}, "action": "sessions/open"})
	_codes(stdio) == set()
}

test_an_idle_session_is_over_at_its_millisecond if {
	_codes(_in_session({"used_ms": fixtures.noon - 999})) == set()
	_codes(_in_session({"used_ms": fixtures.noon - 1000})) == {"session.expired"}
	_codes(_in_session({"used_ms": fixtures.noon - 1001})) == {"session.expired"}
}

test_a_long_session_is_over_at_its_millisecond if {
	_codes(_in_session({"started_ms": fixtures.noon - 4999})) == set()
	_codes(_in_session({"started_ms": fixtures.noon - 5000})) == {"session.expired"}
	_codes(_in_session({"started_ms": fixtures.noon - 5001})) == {"session.expired"}
}

test_a_session_that_nobody_could_have_opened_is_over if {
	_codes(_in_session({"used_ms": fixtures.noon + 60000})) == set()
	_codes(_in_session({"used_ms": fixtures.noon + 60001})) == {"session.expired"}
	_codes(_in_session({"started_ms": fixtures.noon + 60001})) == {"session.expired"}
	longest := fixtures.facts.defaults.lifetimes.session.max_ms
	_codes(_in_session({"absolute_ms": longest})) == set()
	_codes(_in_session({"absolute_ms": longest + 1})) == {"session.expired"}
}

test_a_session_without_a_time_is_over if {
	every path in ["/session/used_ms", "/session/started_ms", "/session/idle_ms", "/session/absolute_ms"] {
		_codes(json.remove(_in_session({}), [path])) == {"session.expired"}
	}
}

test_a_session_of_another_credential_is_foreign if {
	_codes(_in_session({"credential": "k2"})) == {"session.foreign"}
}

test_a_session_that_is_the_credential_must_be_its_own_record if {
	_codes(_holding("s1")) == set()
	_codes(_holding("s2")) == {"session.foreign"}
	bound_to_it := object.union(_holding("s1"), {"session": {"id": "s2", "credential": "s1"}})
	_codes(bound_to_it) == {"session.foreign"}
	without := object.remove(_holding("s1"), ["session"])
	_codes(object.union(without, {"session": null})) == {"session.missing"}
}

test_a_session_that_is_the_credential_ends_as_one if {
	every end in [
		{"expires_ms": fixtures.noon},
		{"expires_ms": fixtures.noon - 1},
		{"expires_ms": null},
		{"expires_ms": "never"},
		{"revoked_ms": fixtures.noon - 1},
		{"revoked_ms": fixtures.noon + 1},
	] {
		_codes(object.union(_holding("s1"), {"credential": end})) == {"session.expired"}
	}
	_codes(object.union(_holding("s1"), {"credential": {"expires_ms": fixtures.noon + 1}})) == set()
	every path in ["/credential/expires_ms", "/credential/revoked_ms"] {
		_codes(json.remove(_holding("s1"), [path])) == {"session.expired"}
	}
}

test_a_key_that_has_ended_says_nothing_of_its_session if {
	_codes(object.union(_in_session({}), {"credential": {"expires_ms": fixtures.noon}})) == set()
	_codes(object.union(_in_session({}), {"credential": {"revoked_ms": fixtures.noon}})) == set()
}

test_whatever_is_wrong_with_a_session_is_told_in_the_same_words if {
	told := {reason.message |
		some document in [_legacy({}), _in_session({"credential": "k2"}), _in_session({"used_ms": 0}), _holding("s2")]
		some reason in sessions.deny with input as document with data.facts as fixtures.facts
	}
	count(told) == 1
}

test_a_document_without_the_field_is_over_and_foreign if {
	_codes(object.remove(fixtures.user_call, ["session"])) == {"session.expired", "session.foreign"}
}

_legacy(changes) := object.union_n([fixtures.user_call, {"request": {"era": "legacy"}}, changes])

_in_session(changes) := object.union(
	fixtures.user_call,
	{"session": object.union(fixtures.session, changes)},
)

_holding(id) := object.union(
	fixtures.user_call,
	{
		"session": fixtures.session,
		"credential": object.union(fixtures.token, {"id": id, "kind": "session", "parent": fixtures.key}),
	},
)

_codes(document) := fixtures.codes(found) if {
	found := sessions.deny with input as document with data.facts as fixtures.facts
}
