package kubiya.lib.readings_test

import data.kubiya.lib.readings
import future.keywords.not

test_what_is_read_has_a_name[case] if {
	some case, [action, arguments, name] in {
		"a resource": ["resources/read", {"uri": "file:///a"}, "file:///a"],
		"a resource that is watched": ["resources/subscribe", {"uri": "file:///a"}, "file:///a"],
		"a prompt": ["prompts/get", {"name": "fs_help", "arguments": {}}, "fs_help"],
		"a prompt's argument": ["completion/complete", {"ref": {"type": "ref/prompt", "name": "fs_help"}}, "fs_help"],
		"a template": ["completion/complete", {"ref": {"type": "ref/resource", "uri": "a://{b}"}}, "a://{b}"],
	}
	request := {"action": action, "arguments": arguments}
	readings.is_one(request)
	readings.name(request) == name
}

test_what_says_no_name_has_none[case] if {
	some case, [action, arguments] in {
		"a resource": ["resources/read", {"name": "file:///a"}],
		"a prompt": ["prompts/get", {"uri": "file:///a"}],
		"a completion of neither": ["completion/complete", {"ref": {"name": "x", "uri": "y"}}],
	}
	not readings.name({"action": action, "arguments": arguments})
}

test_lists_and_calls_read_nothing if {
	every action in ["resources/list", "prompts/list", "tools/list", "tools/call"] {
		not readings.is_one({"action": action, "arguments": {}})
	}
	not readings.is_one({"action": "resources/read", "arguments": null})
	not readings.is_one({"action": "resources/read"})
	not readings.is_one({})
}
