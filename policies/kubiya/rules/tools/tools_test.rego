package kubiya.rules.tools_test

import data.kubiya.lib.fixtures_test as fixtures
import data.kubiya.rules.tools

test_an_approved_definition_passes if {
	_codes(fixtures.user_call) == set()
}

test_one_that_waits_for_approval_is_denied if {
	_codes(object.union(fixtures.user_call, {"tool": {"approved": false}})) == {"tools.not_approved"}
}

test_one_that_does_not_say_is_denied if {
	_codes(json.remove(fixtures.user_call, ["/tool/approved"])) == {"tools.not_approved"}
}

_codes(document) := fixtures.codes(found) if {
	found := tools.deny with input as document with data.facts as fixtures.facts
}
