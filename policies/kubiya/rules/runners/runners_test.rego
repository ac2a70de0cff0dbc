package kubiya.rules.runners_test

import data.kubiya.lib.fixtures_test as fixtures
import data.kubiya.rules.runners

test_a_healthy_runner_passes if {
	_codes("kubectl", {}, fixtures.facts) == set()
}

test_disabled_runners_run_nothing_but_reading_stays if {
	_codes("kubectl", {}, _disabled) == {"runners.disabled"}
	_codes("create_agent", {}, _disabled) == {"runners.disabled"}
	_codes("list_runners", {}, _disabled) == set()
}

test_facts_that_do_not_say_run_nothing if {
	_codes("kubectl", {}, json.remove(fixtures.facts, ["/runners/enabled"])) == {"runners.disabled"}
	found := _codes("kubectl", {}, object.remove(fixtures.facts, ["runners"]))
	found == {"runners.disabled", "runners.not_allowed"}
}

test_allowed_runners_are_named_exactly_or_by_their_beginning if {
	_codes("kubectl", {"name": "runner1"}, _limited) == set()
	_codes("kubectl", {"name": "prod-7"}, _limited) == set()
	_codes("kubectl", {"name": "runner12"}, _limited) == {"runners.not_allowed"}
	_codes("list_runners", {"name": "runner12"}, _limited) == set()
}

test_an_unhealthy_runner_is_denied if {
	_codes("kubectl", {"healthy": false}, fixtures.facts) == {"runners.unhealthy"}
}

test_a_runner_that_nobody_knows_is_denied if {
	_codes("kubectl", {"healthy": null}, fixtures.facts) == {"runners.unknown"}
	document := json.remove(fixtures.user_call, ["/runner/healthy"])
	found := runners.deny with input as document with data.facts as fixtures.facts
	fixtures.codes(found) == {"runners.unknown"}
}

test_what_starts_others_is_not_asked_where_but_runs_nothing_where_nothing_runs if {
	_codes("execute_tool", {"name": "runner12", "healthy": null}, _limited) == set()
	_codes("execute_tool", {"healthy": false}, fixtures.facts) == set()
	_codes("execute_tool", {}, _disabled) == {"runners.disabled"}
}

test_what_it_starts_is_asked_where if {
	started := {"tool": {"source": "cloud"}}
	_codes_of(started, {"name": "runner12"}, _limited) == {"runners.not_allowed"}
	_codes_of(started, {"healthy": false}, fixtures.facts) == {"runners.unhealthy"}
}

test_what_acts_on_a_runner_is_asked_where if {
	there := {"defaults": {"platform_tools": {"create_agent": {"effect": "acts_on_runner"}}}}
	facts := object.union(_limited, there)
	_codes("create_agent", {"name": "runner1"}, facts) == set()
	_codes("create_agent", {"name": "runner12"}, facts) == {"runners.not_allowed"}
	_codes("create_agent", {"name": "runner1", "healthy": null}, facts) == {"runners.unknown"}
	_codes("create_agent", {"name": "runner1", "healthy": false}, facts) == {"runners.unhealthy"}
}

test_a_starter_that_facts_do_not_know_is_asked_where if {
	unknown := json.remove(fixtures.facts, ["/defaults/platform_tools/execute_tool"])
	_codes("execute_tool", {"healthy": false}, unknown) == {"runners.unhealthy"}
}

test_without_a_tool_nothing_runs if {
	runners.deny == set() with input as fixtures.user_list with data.facts as _disabled
}

_disabled := object.union(fixtures.facts, {"runners": {"enabled": false}})

_limited := object.union(
	fixtures.facts,
	{"runners": {"allowed": {"names": {"runner1": true}, "prefixes": ["prod-"]}}},
)

_codes(tool, runner, facts) := fixtures.codes(found) if {
	document := object.union_n([fixtures.user_call, fixtures.of_tool(tool), {"runner": runner}])
	found := runners.deny with input as document with data.facts as facts
}

_codes_of(extra, runner, facts) := fixtures.codes(found) if {
	tool := object.union(fixtures.of_tool("execute_tool"), extra)
	document := object.union_n([fixtures.user_call, tool, {"runner": runner}])
	found := runners.deny with input as document with data.facts as facts
}
