package kubiya.mask_test

import data.kubiya.lib.fixtures_test as fixtures
import data.kubiya.mask
import future.keywords.not

test_values_are_hidden_by_the_ending_of_their_name_at_any_depth if {
	_paths({
		"command": "get pods",
		"DB_Password": "x",
		"list": [{"api-token": "y", "plain": "z"}],
		"tokens": 3,
	}) == {"/parameters/DB_Password", "/parameters/list/0/api-token"}
}

test_pointers_escape_what_separates_them if {
	_paths({"a/b~c": {"token": "x"}}) == {"/parameters/a~1b~0c/token"}
}

test_a_record_without_parameters_hides_nothing if {
	_paths({}) == set()
}

test_without_facts_the_policies_cannot_say if {
	not mask.decision with input as {"parameters": {}} with data.facts as {}
}

_paths(parameters) := {path | some path in decision.paths} if {
	record := {"action": "tools/call", "tool_name": "kubectl", "parameters": parameters}
	decision := mask.decision with input as record with data.facts as fixtures.facts
}
