# METADATA
# description: |
#   Which tools exist for this caller, and how far each is open? One evaluation for the whole catalogue; a
#   call of what is `yes` here is allowed, a call of what is `no_...` is denied.
package kubiya.list

import data.kubiya.admit
import data.kubiya.lib.patterns
import data.kubiya.lib.rights
import future.keywords.not

# METADATA
# description: The admission of the caller, and the tools that it may be shown.
# entrypoint: true
decision := {
	"allow": admit.decision.allow,
	"obligations": [],
	"reasons": admit.decision.reasons,
	"visible": _visible,
}

default _visible := {}

_visible := {name: _access(name, data.facts.tools[name]) | some name in _existing} if admit.decision.allow

# What the whitelist names, where there is one, and one of the roles, where there are any.
_existing contains name if {
	input.principal.roles == []
	some name in _listed
}

_existing contains name if {
	some name in _listed
	some role in _roles
	patterns.matches(role.allowed_tools, name)
}

_listed contains name if {
	is_null(data.facts.whitelist)
	some name, _ in data.facts.tools
}

_listed contains name if {
	some name, true in data.facts.whitelist
	data.facts.tools[name]
}

_roles := [role |
	some name in input.principal.roles
	role := data.facts.roles[name]
]

_access(name, tool) := "no_permission" if {
	not _permitted(name, tool)
} else := "no_runner" if {
	not _runnable(name, tool)
} else := "maybe" if {
	_chooses_runner(name, tool.source)
} else := "yes"

_permitted(name, tool) if {
	tool.requires != []
	tool.approved == true
	_platform_open(name, tool.source)
	_owned(tool.requires)
	_given(name, tool.requires)
}

_platform_open(_, source) if source != "platform"

_platform_open(_, _) if data.facts.allow_platform_apis == true

_platform_open(name, _) if data.facts.defaults.platform_tools[name].platform_api == false

_owned(needed) if {
	every permission in needed {
		rights.own(input.principal.kind, input.principal, permission, data.facts.defaults.anonymous)
	}
}

_given(_, _) if input.principal.roles == []

_given(name, needed) if {
	some role in _roles
	patterns.matches(role.allowed_tools, name)
	every permission in needed {
		rights.gives(role.permissions, permission)
	}
}

_runnable(name, tool) if {
	tool.source == "platform"
	data.facts.defaults.platform_tools[name].effect == "reads"
}

_runnable(name, tool) if {
	data.facts.runners.enabled == true
	_chooses_runner(name, tool.source)
}

_runnable(_, tool) if {
	data.facts.runners.enabled == true
	tool.runner.healthy == true
	patterns.matches(data.facts.runners.allowed, tool.runner.name)
}

# The call says where it runs.
_chooses_runner(name, source) if {
	source == "platform"
	data.facts.defaults.platform_tools[name].effect == "runs"
}
