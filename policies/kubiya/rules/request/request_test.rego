package kubiya.rules.request_test

import data.kubiya.lib.fixtures_test as fixtures
import data.kubiya.rules.request
import future.keywords.not

test_documents_as_the_server_builds_them_are_fine if {
	every document in _documents {
		_codes(document) == set()
	}
}

# A case for each place: what is not there is never taken for permission.
test_a_field_that_is_missing_denies[path] if {
	some path in _paths
	_codes(json.remove(_full, [path])) == {"input.invalid"}
}

# Version 1 was written without them: who leaves them out is told no rights, and so has none.
test_what_came_later_may_be_missing if {
	every path in _later {
		_codes(json.remove(_full, [path])) == set()
	}
}

test_every_place_of_the_document_is_looked_at if {
	count(_paths) == 88
}

test_a_field_of_another_type_denies if {
	every change in _changes {
		_codes(object.union(_full, change)) == {"input.invalid"}
	}
}

test_only_what_is_read_has_arguments_without_a_tool if {
	_codes(object.union(fixtures.user_read, {"action": "tools/list"})) == {"input.invalid"}
	_codes(object.union(fixtures.user_read, {"action": "tools/call"})) == {"input.invalid"}
}

test_what_is_read_is_judged_without_its_name_too if {
	_codes(object.union(fixtures.user_read, {"arguments": null, "reading": null})) == set()
	_codes(json.remove(fixtures.user_read, ["/arguments"])) == {"input.invalid"}
	_codes(object.union(fixtures.user_read, {"arguments": "file:///notes"})) == {"input.invalid"}
}

test_what_is_read_runs_nowhere if {
	elsewhere := object.union(fixtures.user_read, {"runner": fixtures.user_call.runner})
	_codes(elsewhere) == {"input.invalid"}
}

test_what_is_read_is_told_with_its_origin[case] if {
	some case, [reading, codes] in {
		"a server's": [{"origin": "notes"}, set()],
		"nobody's": [{"origin": null}, set()],
		"of no name": [{"origin": 7}, {"input.invalid"}],
		"nothing": [null, {"input.invalid"}],
		"a text": ["notes", {"input.invalid"}],
	}
	_codes(object.union(fixtures.user_read, {"reading": reading})) == codes
}

test_what_is_read_without_its_origin_is_denied if {
	_codes(json.remove(fixtures.user_read, ["/reading"])) == {"input.invalid"}
	_codes(json.remove(fixtures.user_read, ["/reading/origin"])) == {"input.invalid"}
}

test_a_tool_is_told_with_its_origin[case] if {
	some case, [tool, codes] in {
		"a server's": [{"source": "upstream", "origin": "notes"}, set()],
		"a source's of the cloud": [{"source": "cloud", "origin": "s1"}, set()],
		"nobody's": [{"origin": null}, set()],
		"of no name": [{"origin": 7}, {"input.invalid"}],
	}
	_codes(object.union(fixtures.user_call, {"tool": tool})) == codes
}

test_a_tool_without_its_origin_is_denied if {
	_codes(json.remove(fixtures.user_call, ["/tool/origin"])) == {"input.invalid"}
}

test_only_what_is_read_has_an_origin if {
	_codes(object.union(fixtures.user_call, {"reading": {"origin": "notes"}})) == {"input.invalid"}
	_codes(object.union(fixtures.user_list, {"reading": {"origin": "notes"}})) == {"input.invalid"}
}

test_an_action_that_is_none_denies if {
	_codes(object.union(fixtures.user_list, {"action": "tools/invent"})) == {"input.invalid"}
}

test_facts_without_defaults_deny if {
	found := request.deny with input as fixtures.user_call with data.facts as {}
	fixtures.codes(found) == {"input.invalid"}
}

test_no_document_at_all_denies if {
	_codes({}) == {"input.invalid"}
}

_documents := [
	fixtures.handshake,
	fixtures.anonymous_call,
	fixtures.user_call,
	fixtures.user_list,
	fixtures.user_read,
	fixtures.creation("keys/create", {}),
	object.union(fixtures.handshake, fixtures.by_operator),
	_full,
]

_changes := [
	{"v": 2},
	{"now": {"ms": "later"}},
	{"request": {"transport": "pigeon"}},
	{"request": {"era": "future"}},
	{"client": {"name": 7}},
	{"principal": {"kind": "root"}},
	{"principal": {"roles": ["developer", 7]}},
	{"principal": {"roles": null}},
	{"principal": {"permissions": "tools:execute"}},
	{"principal": {"claims": []}},
	{"credential": {"expires_ms": "never"}},
	{"credential": {"allowed_ips": [7]}},
	{"credential": {"allow_stdio": "yes"}},
	{"credential": {"parent": "k1"}},
	{"session": {"idle_ms": "long"}},
	{"frozen": "yes"},
	{"frozen": {"reason": 7}},
	{"tool": {"requires": []}},
	{"tool": {"requires": [7]}},
	{"tool": {"image": 7}},
	{"tool": {"origin": 7}},
	{"arguments": null},
	{"runner": {"kind": "moon"}},
	{"runner": {"healthy": "yes"}},
	{"requested": {"roles": null}},
	{"credential": {"parent": {"permissions": "*"}}},
	{"requested": {"allow_stdio": "yes"}},
	{"subject": {"roles": null}},
	{"subject": "k1"},
]

# A document in which every part is there.
_full := object.union(
	fixtures.user_call,
	{
		"credential": fixtures.token,
		"session": fixtures.session,
		"frozen": {"reason": "a stolen key", "since_ms": fixtures.noon},
		"requested": fixtures.creation("keys/create", {}).requested,
		"subject": fixtures.subject,
	},
)

# Every place of it, but not what stands in the caller's own words.
_paths contains $"/{concat("/", path)}" if {
	walk(_full, [path, _])
	path != []
	every part in path {
		is_string(part)
	}
	not _in_own_words(path)
	not $"/{concat("/", path)}" in _later
}

_later := {"/subject", "/credential/parent/permissions"}

_in_own_words(path) if {
	path[0] == "arguments"
	count(path) > 1
}

_codes(document) := fixtures.codes(found) if {
	found := request.deny with input as document with data.facts as fixtures.facts
}
