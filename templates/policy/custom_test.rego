package custom_test

import data.custom

test_a_deployment_to_a_frozen_environment_is_denied if {
	some reason in custom.decision.deny with input as _deployment("production")
	reason.code == "environment_frozen"
}

test_a_deployment_elsewhere_is_not_denied if {
	custom.decision.deny == [] with input as _deployment("staging")
}

test_a_deployment_that_names_no_environment_is_not_denied_here if {
	custom.decision.deny == [] with input as _call("deploy", {}, "anonymous")
}

test_an_anonymous_caller_gets_little_output if {
	custom.decision.oblige == [{"kind": "limit_output", "bytes": 10000}] with input as _call("logs", {}, "anonymous")
}

test_a_known_caller_gets_all_output if {
	custom.decision.oblige == [] with input as _call("logs", {}, "user")
}

test_internal_tools_are_hidden_from_anonymous_callers if {
	custom.list == {"hide": ["internal_restart"]} with input as _listing("anonymous")
		with data.facts.tools as _tools
}

test_internal_tools_are_shown_to_known_callers if {
	custom.list == {"hide": []} with input as _listing("user")
		with data.facts.tools as _tools
}

_tools := {"logs": {}, "internal_restart": {}}

_deployment(environment) := _call("deploy", {"environment": environment}, "anonymous")

_call(tool, arguments, kind) := {
	"action": "tools/call",
	"tool": {"name": tool},
	"arguments": arguments,
	"principal": {"kind": kind},
}

_listing(kind) := {"action": "tools/list", "principal": {"kind": kind}}
