package kubiya.rules.whitelist_test

import data.kubiya.lib.fixtures_test as fixtures
import data.kubiya.rules.whitelist

test_without_a_whitelist_every_tool_is_in_it if {
	_codes(fixtures.facts) == set()
}

test_a_tool_on_the_whitelist_passes if {
	_codes(object.union(fixtures.facts, {"whitelist": {"kubectl": true}})) == set()
}

test_a_tool_that_it_does_not_name_is_denied if {
	_codes(object.union(fixtures.facts, {"whitelist": {"git": true}})) == {"whitelist.not_listed"}
}

test_a_whitelist_without_entries_allows_nothing if {
	_codes(object.union(fixtures.facts, {"whitelist": {}})) == {"whitelist.not_listed"}
}

test_facts_without_one_allow_nothing if {
	_codes(object.remove(fixtures.facts, ["whitelist"])) == {"whitelist.not_listed"}
}

test_without_a_tool_it_is_not_asked if {
	whitelist.deny == set() with input as fixtures.user_list
		with data.facts as object.union(fixtures.facts, {"whitelist": {}})
}

_codes(facts) := fixtures.codes(found) if {
	found := whitelist.deny with input as fixtures.user_call with data.facts as facts
}
