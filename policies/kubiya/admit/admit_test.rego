package kubiya.admit_test

import data.kubiya.admit
import data.kubiya.lib.fixtures_test as fixtures

test_a_caller_to_whom_no_topic_objects_is_admitted if {
	decision := admit.decision with input as fixtures.user_list with data.facts as fixtures.facts
	decision == {"allow": true, "obligations": [], "reasons": []}
}

test_a_tool_that_does_not_exist_is_asked_about_as_an_admission if {
	unknown := object.union(fixtures.user_list, {"action": "tools/call"})
	decision := admit.decision with input as unknown with data.facts as fixtures.facts
	decision.allow == true
}

test_each_objection_is_told_in_order if {
	stranger := object.union(fixtures.user_list, {
		"client": {"ip": null},
		"credential": {"revoked_ms": 0},
		"principal": {"permissions": []},
	})
	decision := admit.decision with input as stranger with data.facts as fixtures.facts
	decision.allow == false
	[reason.code | some reason in decision.reasons] == [
		"addresses.unknown",
		"credential.revoked",
		"permissions.missing",
	]
}

test_nothing_at_all_is_not_admitted if {
	decision := admit.decision with input as {} with data.facts as {}
	decision.allow == false
}
