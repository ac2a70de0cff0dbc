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
	"allow": _reasons == set(),
	"obligations": [],
	"reasons": sort(_reasons),
	"visible": _visible,
}

_reasons := {reason | some reason in admit.decision.reasons} | _not_a_list

_not_a_list contains {
	"code": "input.invalid",
	"message": "Only a list of tools can be decided here; this is a fault of the server, so tell its operator.",
} if {
	not input.action == "tools/list"
}

default _visible := {}

_visible := _access if _reasons == set()

# The wasm evaluator neither indexes rules nor remembers what functions said: sets that are made once are
# many times cheaper than asking a function about each tool.
_access[name] := "no_permission" if {
	some name, _ in _existing
	_closed[name]
}

_access[name] := "no_runner" if {
	some name in _stuck
	not _closed[name]
}

_access[name] := "maybe" if {
	some name in _choosing
	not _closed[name]
	not _stuck[name]
}

_access[name] := "yes" if {
	some name, _ in _existing
	not _closed[name]
	not _stuck[name]
	not _choosing[name]
}

# What the whitelist names, where there is one, and one of the roles, where there are any.
_existing := _listed if {
	input.principal.roles == []
} else := {name: tool |
	some role in _roles
	some name, tool in _listed
	patterns.matches(role.allowed_tools, name)
}

_listed := data.facts.tools if {
	is_null(data.facts.whitelist)
} else := {name: tool |
	some name, true in data.facts.whitelist
	tool := data.facts.tools[name]
}

_roles := [role |
	some name in input.principal.roles
	role := data.facts.roles[name]
]

_closed contains name if {
	some name, tool in _existing
	some permission in tool.requires
	not _owned[permission]
}

_closed contains name if {
	some name, tool in _existing
	not tool.approved == true
}

_closed contains name if {
	some name, tool in _existing
	tool.requires == []
}

_closed contains name if {
	some name, tool in _existing
	tool.source == "platform"
	not _platform_open(name)
}

_closed contains name if {
	input.principal.roles != []
	some name, _ in _existing
	not _given[name]
}

_closed contains name if {
	not _may_call
	some name, _ in _existing
}

# What every call needs, whatever the tool.
_may_call if {
	every permission in data.facts.defaults.actions["tools/call"] {
		_owned[permission]
	}
	_gives_calling
}

_gives_calling if input.principal.roles == []

_gives_calling if {
	some role in _roles
	every permission in data.facts.defaults.actions["tools/call"] {
		rights.gives(role.permissions, permission)
	}
}

_owned contains permission if {
	some permission in _needed
	rights.caller_has(input, permission, data.facts.defaults.anonymous)
}

_needed contains permission if {
	some tool in data.facts.tools
	some permission in tool.requires
}

_needed contains permission if some permission in data.facts.defaults.actions["tools/call"]

# One role must give both the permissions and the tool.
_given contains name if {
	some role in _roles
	some name, tool in _existing
	patterns.matches(role.allowed_tools, name)
	every permission in tool.requires {
		rights.gives(role.permissions, permission)
	}
}

_platform_open(_) if data.facts.allow_platform_apis == true

_platform_open(name) if data.facts.defaults.platform_tools[name].platform_api == false

_stuck contains name if {
	not data.facts.runners.enabled == true
	some name, tool in _existing
	not _reads(name, tool.source)
}

_stuck contains name if {
	some name, tool in _existing
	not tool.runner.healthy == true
	not _reads(name, tool.source)
	not _choosing[name]
}

_stuck contains name if {
	not is_null(data.facts.runners.allowed)
	some name, tool in _existing
	not patterns.matches(data.facts.runners.allowed, tool.runner.name)
	not _reads(name, tool.source)
	not _choosing[name]
}

# The call says where it runs.
_choosing contains name if {
	some name, tool in _existing
	tool.source == "platform"
	data.facts.defaults.platform_tools[name].effect == "runs"
}

_reads(name, "platform") if data.facts.defaults.platform_tools[name].effect == "reads"
