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

test_a_whitelist_closes_what_can_be_read_too if {
	_reading_codes(fixtures.facts, fixtures.user_read) == set()
	_reading_codes(_names("file:///notes"), fixtures.user_read) == set()
	_reading_codes(_names("kubectl"), fixtures.user_read) == {"whitelist.not_listed"}
	_reading_codes(object.remove(fixtures.facts, ["whitelist"]), fixtures.user_read) == {"whitelist.not_listed"}
}

test_what_says_no_name_is_on_no_whitelist if {
	nameless := object.union(json.remove(fixtures.user_read, ["/arguments"]), {"arguments": {}})
	_reading_codes(_names("file:///notes"), nameless) == {"whitelist.not_listed"}
}

_names(name) := object.union(fixtures.facts, {"whitelist": {name: true}})

_reading_codes(facts, document) := fixtures.codes(found) if {
	found := whitelist.deny with input as document with data.facts as facts
}

_codes(facts) := fixtures.codes(found) if {
	found := whitelist.deny with input as fixtures.user_call with data.facts as facts
}
