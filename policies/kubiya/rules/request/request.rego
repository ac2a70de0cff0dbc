# METADATA
# description: The request itself, as far as every other topic relies on it.
package kubiya.rules.request

import future.keywords.not

# METADATA
# description: A document that is not one of ours is never allowed.
# scope: document
deny contains _invalid if not _document

deny contains _invalid if {
	input.action == "tools/call"
	not _call
}

_invalid := {
	"code": "input.invalid",
	"message": "The request cannot be judged as it is; this is a fault of the server, so tell its operator.",
}

_document if {
	input.v == 1
	data.facts.defaults.actions[input.action]
	is_number(input.now.ms)
	input.request.transport in {"stdio", "http", "cli"}
	input.principal.kind in {"anonymous", "user", "operator"}
	is_array(input.principal.roles)
	_permissions
}

_permissions if is_null(input.principal.permissions)

_permissions if is_array(input.principal.permissions)

_call if {
	is_string(input.tool.name)
	is_string(input.tool.source)
	is_array(input.tool.requires)
	input.tool.requires != []
	is_object(input.arguments)
	is_string(input.runner.name)
}
