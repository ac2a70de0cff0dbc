package custom_test

import data.custom

_call(environment) := {
	"action": "tools/call",
	"tool": {"name": "deploy"},
	"arguments": {"environment": environment},
}

test_a_deployment_to_a_frozen_environment_is_denied if {
	some reason in custom.decision.deny with input as _call("production")
	reason.code == "environment_frozen"
}

test_a_deployment_elsewhere_is_not_denied if {
	custom.decision.deny == [] with input as _call("staging")
}

test_a_call_without_an_environment_is_not_denied_here if {
	custom.decision.deny == [] with input as {"action": "tools/call", "tool": {"name": "deploy"}, "arguments": {}}
}
