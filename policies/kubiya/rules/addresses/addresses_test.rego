package kubiya.rules.addresses_test

import data.kubiya.lib.fixtures_test as fixtures
import data.kubiya.rules.addresses

test_without_lists_every_address_is_fine if {
	addresses.deny == set() with input as fixtures.user_call with data.facts as fixtures.facts
}

test_addresses_in_the_configured_networks_are_fine if {
	every ip in ["10.0.0.0", "10.255.255.255", "192.168.1.7", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"] {
		addresses.deny == set() with input as _from(ip) with data.facts as _limited
	}
}

test_addresses_outside_the_configured_networks_are_not if {
	every ip in ["9.255.255.255", "11.0.0.0", "192.168.2.0", "2001:db9::", "::1"] {
		found := addresses.deny with input as _from(ip) with data.facts as _limited
		fixtures.codes(found) == {"addresses.not_allowed"}
	}
}

test_a_list_without_entries_allows_no_address if {
	found := addresses.deny with input as fixtures.user_call
		with data.facts as object.union(fixtures.facts, {"allowed_ips": []})
	fixtures.codes(found) == {"addresses.not_allowed"}
}

test_facts_without_the_list_allow_no_address if {
	found := addresses.deny with input as fixtures.user_call
		with data.facts as object.remove(fixtures.facts, ["allowed_ips"])
	fixtures.codes(found) == {"addresses.not_allowed"}
}

# A network is no address, whatever the evaluator thinks of it.
test_what_is_no_canonical_address_is_unknown if {
	every ip in ["", "garbage", "10.1.2.0/24", "::ffff:10.1.2.3", "::FFFF:10.1.2.3", "fe80::1%eth0", null, 7] {
		found := addresses.deny with input as _from(ip) with data.facts as _limited
		fixtures.codes(found) == {"addresses.unknown"}
	}
}

test_an_address_that_is_missing_is_unknown if {
	found := addresses.deny with input as json.remove(fixtures.user_call, ["/client/ip"])
		with data.facts as fixtures.facts
	fixtures.codes(found) == {"addresses.unknown"}
}

test_a_credential_holds_in_its_own_networks_only if {
	inside := object.union(fixtures.user_call, {"credential": {"allowed_ips": ["10.1.0.0/16"]}})
	addresses.deny == set() with input as inside with data.facts as fixtures.facts
	outside := object.union(fixtures.user_call, {"credential": {"allowed_ips": ["10.2.0.0/16"]}})
	found := addresses.deny with input as outside with data.facts as fixtures.facts
	fixtures.codes(found) == {"addresses.not_allowed"}
}

# The wasm evaluator judges such a network by what its memory held before.
test_a_network_that_is_none_holds_nobody if {
	every network in ["10.0.0.0/x", "10.0.0.0/8abc", "10.0.0.0/ 8", "10.0.0.0/8/8", "garbage", ""] {
		_denied(object.union(fixtures.user_call, {"credential": {"allowed_ips": [network]}}))
		_denied_everywhere([network])
	}
}

test_a_child_holds_in_its_parents_networks_only if {
	parent := object.union(fixtures.parent, {"allowed_ips": ["10.2.0.0/16"]})
	child := object.union(fixtures.token, {"parent": parent})
	found := addresses.deny with input as object.union(fixtures.user_call, {"credential": child})
		with data.facts as fixtures.facts
	fixtures.codes(found) == {"addresses.not_allowed"}
}

test_on_stdio_the_configured_networks_are_not_asked if {
	addresses.deny == set() with input as fixtures.anonymous_call with data.facts as _limited
}

test_on_stdio_a_credential_with_networks_needs_to_be_made_for_it if {
	closed := _on_stdio({"allowed_ips": ["10.0.0.0/8"], "allow_stdio": false})
	opened := _on_stdio({"allowed_ips": ["10.0.0.0/8"], "allow_stdio": true})
	addresses.deny == set() with input as opened with data.facts as fixtures.facts
	found := addresses.deny with input as closed with data.facts as fixtures.facts
	fixtures.codes(found) == {"addresses.not_allowed"}
}

test_on_stdio_a_credential_without_networks_is_fine if {
	addresses.deny == set() with input as _on_stdio({}) with data.facts as fixtures.facts
}

test_the_operators_command_line_has_no_address if {
	addresses.deny == set() with input as object.union(fixtures.handshake, fixtures.by_operator)
		with data.facts as _limited
}

test_a_user_on_the_command_line_is_nowhere if {
	user := object.union(fixtures.user_call, {"request": {"transport": "cli"}})
	found := addresses.deny with input as user with data.facts as fixtures.facts
	fixtures.codes(found) == {"addresses.unknown"}
}

_limited := object.union(fixtures.facts, {"allowed_ips": ["10.0.0.0/8", "192.168.1.0/24", "2001:db8::/32"]})

_denied(document) if {
	found := addresses.deny with input as document with data.facts as fixtures.facts
	fixtures.codes(found) == {"addresses.not_allowed"}
}

_denied_everywhere(networks) if {
	found := addresses.deny with input as fixtures.user_call
		with data.facts as object.union(fixtures.facts, {"allowed_ips": networks})
	fixtures.codes(found) == {"addresses.not_allowed"}
}

_from(ip) := object.union(fixtures.user_call, {"client": {"ip": ip}})

_on_stdio(credential) := object.union(
	fixtures.user_call,
	{"request": {"transport": "stdio"}, "client": {"ip": null}, "credential": credential},
)
