# METADATA
# description: The caller's roles, they must be defined, and one of them must name the tool, or what is read.
package kubiya.rules.roles

import data.kubiya.lib.patterns
import data.kubiya.lib.readings
import future.keywords.not

# METADATA
# description: A role that the configuration lacks.
# scope: document
deny contains {
	"code": "roles.unknown",
	"message": $"The role {role} is not defined on this server; ask the operator to define it or to change the key.",
	"role": role,
} if {
	some role in input.principal.roles
	not data.facts.roles[role]
}

deny contains {
	"code": "roles.tool_not_allowed",
	"message": "None of the caller's roles names this tool; ask the operator to add it to one.",
	"tool": input.tool.name,
	"roles": input.principal.roles,
} if {
	input.action == "tools/call"
	not is_null(input.tool)
	not _unknown
	not _named
}

deny contains {
	"code": "roles.tool_not_allowed",
	"message": "None of the caller's roles names this; ask the operator to add it to one.",
	"roles": input.principal.roles,
} if {
	readings.is_one(input)
	not _unknown
	not _reading_named
}

_unknown if {
	some role in input.principal.roles
	not data.facts.roles[role]
}

_reading_named if input.principal.roles == []

_reading_named if {
	some role in input.principal.roles
	patterns.matches(data.facts.roles[role].allowed_tools, readings.name(input))
}

# A role without a list of its own has no limit, also where nobody says what is read: others object to that.
_reading_named if {
	some role in input.principal.roles
	is_null(data.facts.roles[role].allowed_tools)
}

_named if input.principal.roles == []

_named if {
	some role in input.principal.roles
	patterns.matches(data.facts.roles[role].allowed_tools, input.tool.name)
}
