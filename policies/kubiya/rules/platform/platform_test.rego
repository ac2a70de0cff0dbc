package kubiya.rules.platform_test

import data.kubiya.lib.fixtures_test as fixtures
import data.kubiya.rules.platform

test_what_changes_the_platform_stands_behind_the_switch if {
	_codes("create_agent", fixtures.facts) == {"platform.disabled"}
	_codes("create_agent", object.union(fixtures.facts, {"allow_platform_apis": true})) == set()
}

test_other_platform_tools_do_not if {
	_codes("list_runners", fixtures.facts) == set()
	_codes("execute_tool", fixtures.facts) == set()
}

test_a_platform_tool_that_nobody_knows_stands_behind_it if {
	unknown := json.remove(fixtures.facts, ["/defaults/platform_tools/list_runners"])
	_codes("list_runners", unknown) == {"platform.disabled"}
}

test_tools_of_other_sources_are_not_asked if {
	_codes("kubectl", fixtures.facts) == set()
}

_codes(tool, facts) := fixtures.codes(found) if {
	document := object.union(fixtures.anonymous_call, fixtures.of_tool(tool))
	found := platform.deny with input as document with data.facts as facts
}
