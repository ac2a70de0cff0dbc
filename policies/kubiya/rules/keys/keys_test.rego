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

test_a_token_makes_nothing if {
	token := object.union(fixtures.token, {"expires_ms": fixtures.noon + 900})
	every action in ["tokens/create", "sessions/create"] {
		_codes(_child(action, {}, token)) == {"keys.exceeds_creator"}
	}
}

test_rights_are_at_most_the_creators if {
	_codes(_by([], ["tools:list"], {"permissions": ["tools:list"]})) == set()
	_codes(_by([], ["tools:list"], {"permissions": ["tools:execute"]})) == {"keys.exceeds_creator"}
	_codes(_by([], ["tools:list"], {"permissions": ["*"]})) == {"keys.exceeds_creator"}
	_codes(_by([], ["tools:list"], {"permissions": null})) == set()
}

test_a_key_names_its_permissions if {
	_codes(fixtures.creation("keys/create", {"permissions": null})) == {"keys.exceeds_creator"}
}

test_who_is_limited_by_roles_hands_on_one_of_them if {
	_codes(_by(["viewer"], null, {"roles": ["viewer"], "permissions": ["*"]})) == set()
	_codes(_by(["viewer"], null, {"roles": [], "permissions": ["*"]})) == {"keys.exceeds_creator"}
	_codes(_by(["viewer"], null, {"roles": ["viewer", "admin"]})) == {"keys.exceeds_creator"}
	_codes(_by([], ["*"], {"roles": ["viewer"]})) == {"keys.exceeds_creator"}
}

test_a_key_stays_within_its_creators_networks if {
	limited := {"credential": {"allowed_ips": ["10.0.0.0/8"]}}
	_codes(object.union(_for_networks(["10.1.0.0/16"]), limited)) == set()
	_codes(object.union(_for_networks(["11.0.0.0/8"]), limited)) == {"keys.exceeds_creator"}
	_codes(object.union(_for_networks(["0.0.0.0/0"]), limited)) == {"keys.exceeds_creator"}
	_codes(object.union(_for_networks(null), limited)) == {"keys.exceeds_creator"}
}

test_a_role_that_is_not_defined_cannot_be_given if {
	_codes(object.union(_by_operator("keys/create"), {"requested": {"roles": ["ghost"]}})) == {"roles.unknown"}
}

test_the_operator_gives_any_right if {
	asked := {"requested": {"roles": ["viewer"], "permissions": ["*"], "allowed_ips": null}}
	_codes(object.union(_by_operator("keys/create"), asked)) == set()
}

test_the_operator_makes_tokens_and_sessions if {
	_codes(_by_operator("tokens/create")) == set()
	_codes(_by_operator("sessions/create")) == set()
}

test_a_credential_has_a_bounded_number_of_sessions if {
	_codes(_child("sessions/create", {}, {"sessions": 1})) == set()
	_codes(_child("sessions/create", {}, {"sessions": 2})) == {"session.too_many"}
	_codes(_child("sessions/create", {}, {"sessions": null})) == {"session.too_many"}
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

_by_operator(action) := object.union_n([
	fixtures.handshake,
	fixtures.by_operator,
	{"action": action, "requested": fixtures.creation(action, _asked(action)).requested},
])

_codes(document) := fixtures.codes(found) if {
	found := keys.deny with input as document with data.facts as fixtures.facts
}
