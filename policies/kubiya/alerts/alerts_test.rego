package kubiya.alerts_test

import data.kubiya.alerts
import data.kubiya.lib.fixtures_test as fixtures
import future.keywords.not

test_nothing_seen_is_no_alert if {
	_codes({}) == set()
}

test_many_failures_of_a_source_are_an_alert if {
	_codes(_failure(20)) == {"authentication.many_failures"}
	_codes(_failure(19)) == set()
}

test_a_source_that_was_told_to_wait_has_failed_again if {
	_codes({"what": "throttled", "source": "10.1.2.3", "failures": 20}) == {"authentication.many_failures"}
}

test_a_denial_for_another_reason_is_no_failure if {
	_codes(object.union(_failure(20), {"codes": ["roles.tool_not_allowed"]})) == set()
}

test_failures_without_a_network_have_no_source if {
	_codes(object.union(_failure(20), {"source": null})) == set()
}

test_a_success_after_many_failures_is_an_alert if {
	_codes(_success(10)) == {"authentication.success_after_failures"}
	_codes(_success(9)) == set()
}

test_a_success_of_nobody_in_particular_is_none if {
	nobody := {"credential": {"status": "absent", "id": null}}
	_codes(object.union(_success(10), nobody)) == set()
	_codes(object.union(_success(10), {"source": null})) == set()
	_codes(object.union(_success(10), {"allow": false})) == set()
}

test_any_use_of_a_revoked_credential_is_an_alert if {
	revoked := _denied("credential.revoked")
	_codes(revoked) == {"authentication.revoked_credential"}
	_codes(object.union(revoked, {"credential": {"status": "verified", "id": null}})) == set()
}

test_a_valid_secret_from_a_wrong_address_is_an_alert if {
	elsewhere := _denied("addresses.not_allowed")
	_codes(elsewhere) == {"authentication.disallowed_address"}
	_codes(object.union(elsewhere, {"credential": {"status": "unknown", "id": null}})) == set()
	_codes(object.union(elsewhere, {"credential": {"status": "verified", "id": null}})) == set()
	_codes(object.union(elsewhere, {"source": null})) == set()
}

test_a_wrong_address_is_told_once_for_each_credential_and_source if {
	_alerts(_denied("addresses.not_allowed"))[_].key == "k1 10.1.2.3"
}

test_a_spike_of_denials_is_an_alert_for_its_reason if {
	spike := object.union(_denied("a.b"), {"codes": ["a.b", "c.d"], "denials": {"a.b": 100, "c.d": 99}})
	{[alert.code, alert.key] | some alert in _alerts(spike)} == {["denials.spike", "a.b"]}
}

test_each_channel_is_notified_of_what_and_by_whom if {
	_keys({"action": "tools/call", "tool": "kubectl", "notify": ["security", "ops"]}) == {
		"security nobody in particular kubectl",
		"ops nobody in particular kubectl",
	}
	list := {"action": "tools/list", "notify": ["ops"], "credential": {"status": "verified", "id": "k1"}}
	_keys(list) == {"ops k1 tools/list"}
	_codes(list) == {"organisation.notify"}
}

test_policies_that_cannot_answer_are_an_alert if {
	_codes(_denied("policy.error")) == {"policies.failed"}
}

test_each_part_that_fails_is_an_alert if {
	every part in ["audit", "chain", "policies", "reload"] {
		_codes({"what": "failure", "part": part}) == {concat(".", [part, "failed"])}
	}
	_codes({"what": "failure", "part": null}) == set()
	_codes({"what": "decision", "part": "audit"}) == set()
}

test_a_test_is_an_alert_of_its_own if {
	_codes({"what": "test", "id": "t1"}) == {"alerts.test"}
	_codes({"what": "test", "id": null}) == set()
}

test_every_alert_says_what_to_look_at if {
	seen := [_failure(20), _success(10), _denied("credential.revoked"), {"what": "test", "id": "t1"}]
	every sighting in seen {
		every alert in _alerts(sighting) {
			object.keys(alert) == {"code", "severity", "message", "key"}
			alert.severity in {"warning", "critical"}
			not contains(alert.message, "<undefined>")
		}
	}
}

test_a_sighting_that_lacks_a_field_is_judged_by_the_others if {
	notify := {"action": "tools/list", "notify": ["ops"]}
	seen := [_failure(20), _success(10), _denied("credential.revoked"), _denied("addresses.not_allowed"), notify]
	every sighting in seen {
		every field in object.keys(_nothing) {
			lacking := object.remove(object.union(_nothing, sighting), [field])
			decision := alerts.decision with input as lacking with data.facts as fixtures.facts
			every alert in decision.alerts {
				is_string(alert.key)
				not contains(alert.message, "<undefined>")
			}
		}
	}
}

test_without_facts_the_policies_cannot_say if {
	not alerts.decision with input as _nothing with data.facts as {}
}

_nothing := {
	"what": "decision",
	"id": null,
	"action": null,
	"tool": null,
	"allow": null,
	"codes": [],
	"notify": [],
	"part": null,
	"source": null,
	"credential": {"status": null, "id": null},
	"failures": 0,
	"denials": {},
}

_failure(failures) := {
	"allow": false,
	"codes": ["credential.unknown"],
	"source": "10.1.2.3",
	"credential": {"status": "unknown", "id": null},
	"failures": failures,
}

_success(failures) := {
	"allow": true,
	"source": "10.1.2.3",
	"credential": {"status": "verified", "id": "k1"},
	"failures": failures,
}

_denied(code) := {
	"allow": false,
	"codes": [code],
	"source": "10.1.2.3",
	"credential": {"status": "verified", "id": "k1"},
	"denials": {code: 1},
}

_alerts(seen) := decision.alerts if {
	sighting := object.union(_nothing, seen)
	decision := alerts.decision with input as sighting with data.facts as fixtures.facts
}

_keys(seen) := {alert.key | some alert in _alerts(seen)}

_codes(seen) := {alert.code | some alert in _alerts(seen)}
