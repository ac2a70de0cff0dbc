package kubiya.rules.keys_test

import data.kubiya.lib.fixtures_test as fixtures
import data.kubiya.rules.keys

test_a_user_with_every_right_makes_a_key if {
	_codes(fixtures.creation("keys/create", {})) == set()
}

test_a_key_lives_as_long_as_is_allowed_and_not_a_millisecond_more if {
	_codes(_key_until(9000)) == set()
	_codes(_key_until(9001)) == {"keys.lifetime_too_long"}
	_codes(_key_until(1000)) == set()
	_codes(_key_until(999)) == {"keys.lifetime_too_long"}
	_codes(fixtures.creation("keys/create", {"expires_ms": null})) == {"keys.lifetime_too_long"}
	_codes(fixtures.creation("keys/create", {"expires_ms": "never"})) == {"keys.lifetime_too_long"}
}

test_a_token_ends_with_its_parent if {
	_codes(_child("tokens/create", {}, {"expires_ms": fixtures.noon + 500})) == set()
	_codes(_child("tokens/create", {}, {"expires_ms": fixtures.noon + 499})) == {"keys.lifetime_too_long"}
	_codes(_child("tokens/create", {}, {"kind": "cloud", "expires_ms": null})) == set()
}

test_a_token_does_not_get_the_lifetime_of_a_key if {
	asked := {"kind": "key", "expires_ms": fixtures.noon + 5000}
	_codes(_child("tokens/create", asked, {})) == {"input.invalid", "keys.lifetime_too_long"}
}

test_what_has_a_parent_makes_nothing if {
	every kind in ["token", "session"] {
		child := object.union(fixtures.token, {"kind": kind, "expires_ms": fixtures.noon + 10000})
		every action in ["keys/create", "tokens/create", "sessions/create"] {
			_codes(_child(action, {}, child)) == {"keys.exceeds_creator"}
		}
	}
}

test_rights_are_at_most_the_creators if {
	_codes(_by([], ["tools:list"], {"permissions": ["tools:list"]})) == set()
	_codes(_by([], ["tools:list"], {"permissions": ["tools:execute"]})) == {"keys.exceeds_creator"}
	_codes(_by([], ["tools:list"], {"permissions": ["*"]})) == {"keys.exceeds_creator"}
	_codes(_by([], ["tools:list"], {"permissions": null})) == set()
}

test_a_key_without_a_limit_comes_from_one_that_has_none if {
	_codes(_key_by([], ["*"], {"permissions": null})) == set()
	_codes(_key_by([], ["tools:list"], {"permissions": null})) == {"keys.exceeds_creator"}
	_codes(_key_by(["viewer"], null, {"roles": ["viewer"], "permissions": null})) == set()
}

test_who_is_limited_by_roles_hands_on_one_of_them if {
	_codes(_key_by(["viewer"], null, {"roles": ["viewer"], "permissions": ["*"]})) == set()
	_codes(_key_by(["viewer"], null, {"roles": [], "permissions": ["*"]})) == {"keys.exceeds_creator"}
	_codes(_key_by(["viewer"], null, {"roles": ["viewer", "admin"]})) == {"keys.exceeds_creator"}
}

test_a_role_narrows_who_has_none if {
	_codes(_key_by([], ["*"], {"roles": ["viewer"], "permissions": ["tools:list"]})) == set()
	_codes(_key_by([], ["tools:list"], {"roles": ["admin"], "permissions": null})) == {"keys.exceeds_creator"}
}

test_a_child_has_the_roles_of_what_it_comes_from if {
	_codes(_by(["viewer"], null, {"roles": []})) == set()
	_codes(_by(["viewer"], null, {"roles": ["viewer"]})) == set()
	_codes(_by(["viewer"], null, {"roles": ["admin"]})) == {"keys.exceeds_creator"}
	_codes(_by([], ["*"], {"roles": ["viewer"]})) == {"keys.exceeds_creator"}
}

test_a_child_stands_for_the_same_user if {
	every action in ["tokens/create", "sessions/create"] {
		_codes(_child(action, {"user": null}, {})) == set()
		_codes(_child(action, {"user": "root"}, {})) == {"keys.exceeds_creator"}
	}
	_codes(fixtures.creation("keys/create", {"user": "bob"})) == set()
}

test_a_key_stays_within_its_creators_networks if {
	limited := {"credential": {"allowed_ips": ["10.0.0.0/8"]}}
	_codes(object.union(_for_networks(["10.1.0.0/16"]), limited)) == set()
	_codes(object.union(_for_networks(["11.0.0.0/8"]), limited)) == {"keys.exceeds_creator"}
	_codes(object.union(_for_networks(["0.0.0.0/0"]), limited)) == {"keys.exceeds_creator"}
	_codes(object.union(_for_networks(["10.0.0.0/x"]), limited)) == {"keys.exceeds_creator"}
	_codes(object.union(_for_networks(null), limited)) == {"keys.exceeds_creator"}
}

test_a_key_holds_on_stdio_where_its_creators_does if {
	on_stdio := fixtures.creation("keys/create", {"allowed_ips": ["10.1.0.0/16"], "allow_stdio": true})
	closed := object.union(on_stdio, {"credential": {"allowed_ips": ["10.0.0.0/8"], "allow_stdio": false}})
	_codes(closed) == {"keys.exceeds_creator"}
	_codes(object.union(closed, {"credential": {"allow_stdio": true}})) == set()
	_codes(on_stdio) == set()
}

test_a_role_that_is_not_defined_cannot_be_given if {
	_codes(object.union(_by_operator("keys/create"), {"requested": {"roles": ["ghost"]}})) == {"roles.unknown"}
}

test_the_operator_gives_any_right if {
	asked := {"requested": {"roles": ["viewer"], "permissions": ["*"], "allowed_ips": null}}
	_codes(object.union(_by_operator("keys/create"), asked)) == set()
}

test_the_operator_makes_a_child_of_the_key_that_is_named if {
	every action in ["tokens/create", "sessions/create"] {
		_codes(_for_subject(action, {}, {})) == set()
		_codes(_for_subject(action, {"permissions": ["tools:list"]}, {})) == set()
		_codes(_for_subject(action, {"permissions": ["agents:manage"]}, {})) == {"keys.exceeds_creator"}
		_codes(_for_subject(action, {"user": "root"}, {})) == {"keys.exceeds_creator"}
		_codes(_for_subject(action, {}, {"expires_ms": fixtures.noon + 499})) == {"keys.lifetime_too_long"}
		_codes(_for_subject(action, {}, {"expires_ms": fixtures.noon})) == {"credential.expired", "keys.lifetime_too_long"}
		_codes(_for_subject(action, {}, {"revoked_ms": fixtures.noon - 1})) == {"credential.revoked"}
		_codes(_for_subject(action, {}, {"kind": "token"})) == {"input.invalid", "keys.exceeds_creator"}
	}
}

test_a_child_of_nothing_is_not_made if {
	every action in ["tokens/create", "sessions/create"] {
		"input.invalid" in _codes(_by_operator(action))
		"keys.exceeds_creator" in _codes(_by_operator(action))
	}
}

test_a_rotated_key_has_the_rights_that_it_had if {
	_codes(_rotation({}, {})) == set()
	every change in [
		{"user": "bob"},
		{"roles": ["viewer"]},
		{"permissions": ["*"]},
		{"permissions": null},
		{"allowed_ips": null},
		{"allow_stdio": false},
	] {
		_codes(_rotation(change, {})) == {"keys.exceeds_creator"}
	}
}

test_a_key_that_is_over_is_not_rotated if {
	_codes(_rotation({}, {"expires_ms": fixtures.noon + 1})) == set()
	_codes(_rotation({}, {"expires_ms": fixtures.noon})) == {"credential.expired"}
	_codes(_rotation({}, {"expires_ms": null})) == {"credential.expired"}
	_codes(_rotation({}, {"revoked_ms": fixtures.noon + 1})) == {"credential.revoked"}
}

test_a_rotated_key_lives_no_longer_than_a_new_one if {
	_codes(_rotation({"expires_ms": fixtures.noon + 9001}, {})) == {"keys.lifetime_too_long"}
}

test_nothing_is_rotated_where_no_key_is_named if {
	_codes(object.union(_rotation({}, {}), {"subject": null})) == {
		"input.invalid",
		"credential.expired",
		"credential.revoked",
		"keys.exceeds_creator",
	}
	_codes(_rotation({}, {"kind": "token"})) == {"input.invalid"}
}

test_a_user_rotates_within_its_own_rights if {
	by_user := object.union_n([_rotation({}, {}), fixtures.by_user, {"principal": {"roles": [], "permissions": ["*"]}}])
	_codes(by_user) == set()
	_codes(object.union(by_user, {"principal": {"permissions": ["tools:list"]}})) == {"keys.exceeds_creator"}
}

test_a_credential_has_a_bounded_number_of_sessions if {
	every action in ["sessions/create", "sessions/open"] {
		_codes(_child(action, {}, {"sessions": 1})) == set()
		_codes(_child(action, {}, {"sessions": 2})) == {"session.too_many"}
		_codes(_child(action, {}, {"sessions": null})) == {"session.too_many"}
	}
	_codes(_for_subject("sessions/create", {}, {"sessions": 2})) == {"session.too_many"}
}

test_a_token_opens_a_session_of_its_own if {
	_codes(_child("sessions/open", {}, fixtures.token)) == set()
}

test_nobody_in_particular_makes_nothing if {
	anonymous := object.union(fixtures.creation("tokens/create", _asked("tokens/create")), {
		"principal": {"kind": "anonymous", "permissions": null},
		"credential": fixtures.no_credential,
	})
	_codes(anonymous) == {"keys.exceeds_creator", "keys.lifetime_too_long"}
}

test_what_creates_nothing_is_not_asked if {
	revocation := object.union(fixtures.creation("keys/revoke", {}), {"requested": null})
	_codes(revocation) == set()
}

_asked("keys/create") := {}

_asked("tokens/create") := {"kind": "token", "expires_ms": fixtures.noon + 500}

_asked("sessions/create") := {"kind": "session", "expires_ms": fixtures.noon + 500}

_asked("sessions/open") := {}

_key_until(lifetime_ms) := fixtures.creation("keys/create", {"expires_ms": fixtures.noon + lifetime_ms})

_child(action, requested, credential) := object.union(
	fixtures.creation(action, object.union(_asked(action), requested)),
	{"credential": credential},
)

_for_networks(networks) := fixtures.creation("keys/create", {"allowed_ips": networks})

_by(roles, permissions, requested) := object.union(
	_child("tokens/create", requested, {}),
	{"principal": {"roles": roles, "permissions": permissions}},
)

_key_by(roles, permissions, requested) := object.union(
	_child("keys/create", requested, {}),
	{"principal": {"roles": roles, "permissions": permissions}},
)

_by_operator(action) := object.union_n([
	fixtures.handshake,
	fixtures.by_operator,
	{"action": action, "requested": fixtures.creation(action, _asked(action)).requested},
])

_for_subject(action, requested, subject) := object.union(_by_operator(action), {
	"requested": requested,
	"subject": object.union(fixtures.subject, subject),
})

_rotation(requested, subject) := object.union_n([
	_by_operator("keys/create"),
	{
		"action": "keys/rotate",
		"requested": object.remove(fixtures.subject, ["id", "created_ms", "revoked_ms", "sessions"]),
		"subject": object.union(fixtures.subject, subject),
	},
	{"requested": object.union({"expires_ms": fixtures.noon + 5000}, requested)},
])

_codes(document) := fixtures.codes(found) if {
	found := keys.deny with input as document with data.facts as fixtures.facts
}
