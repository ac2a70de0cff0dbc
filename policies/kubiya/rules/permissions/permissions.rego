# METADATA
# description: Permissions, of the caller itself and of its roles.
package kubiya.rules.permissions

import data.kubiya.lib.patterns
import data.kubiya.lib.rights
import future.keywords.not

# METADATA
# description: The action needs a permission that the caller lacks.
# scope: document
deny contains _missing(needed) if {
	not _unknown_role
	needed := data.facts.defaults.actions[input.action]
	not _granted(needed)
}

deny contains _missing(input.tool.requires) if {
	input.action == "tools/call"
	not is_null(input.tool)
	not _unknown_role
	not _granted_for_tool
}

# Then what is missing is the role: `roles` objects to it, and no permission would help.
_unknown_role if {
	some role in input.principal.roles
	not data.facts.roles[role]
}

_missing(needed) := {
	"code": "permissions.missing",
	"message": $"This needs the permission {concat(" and ", needed)}; ask the operator for a key or a role that has it.",
	"needed": needed,
}

_granted(needed) if {
	_owned(needed)
	_given(needed)
}

_owned(needed) if {
	every permission in needed {
		rights.caller_has(input, permission, data.facts.defaults.anonymous)
	}
}

_given(_) if input.principal.roles == []

_given(needed) if {
	some role in input.principal.roles
	_gives(data.facts.roles[role].permissions, needed)
}

# Without roles one's own permissions decide. With roles of which none names the tool, it does not exist for
# the caller: `roles` objects, and to that alone.
_granted_for_tool if {
	_owned(input.tool.requires)
	not _named
}

# One role must give both the permission and the tool.
_granted_for_tool if {
	_owned(input.tool.requires)
	some name in input.principal.roles
	role := data.facts.roles[name]
	patterns.matches(role.allowed_tools, input.tool.name)
	_gives(role.permissions, input.tool.requires)
}

_gives(permissions, needed) if {
	every permission in needed {
		rights.gives(permissions, permission)
	}
}

_named if {
	some name in input.principal.roles
	patterns.matches(data.facts.roles[name].allowed_tools, input.tool.name)
}
