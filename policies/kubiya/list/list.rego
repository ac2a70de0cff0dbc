# METADATA
# description: |
#   Which tools exist for this caller, and how far each is open? One evaluation for the whole catalogue; a
#   call of what is `yes` here is allowed, a call of what is `no_...` is denied.
package kubiya.list

import data.kubiya.admit
import data.kubiya.lib.patterns
import data.kubiya.lib.rights
import data.kubiya.rules.access
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
	not _owned[tool.requires]
}

_closed contains name if {
	some name, tool in _existing
	not tool.approved == true
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
	access.open
	_has_all(data.facts.defaults.actions["tools/call"])
	_some_role_gives_all(data.facts.defaults.actions["tools/call"])
}

_some_role_gives_all(_) if input.principal.roles == []

_some_role_gives_all(permissions) if {
	some role in _roles
	_gives_all(role.permissions, permissions)
}

# Many tools require the same: each such list is judged once, and looked up for each tool.
_demands contains tool.requires if some tool in data.facts.tools

_owned contains demand if {
	some demand in _demands
	demand != []
	_has_all(demand)
}

_has_all(permissions) if {
	every permission in permissions {
		rights.caller_has(input, permission, data.facts.defaults.anonymous)
	}
}

_gives_all(given, permissions) if {
	every permission in permissions {
		rights.gives(given, permission)
	}
}

# One role must give both the permissions and the tool.
_given contains name if {
	some role in _roles
	met := {demand | some demand in _demands; _gives_all(role.permissions, demand)}
	some name, tool in _existing
	met[tool.requires]
	patterns.matches(role.allowed_tools, name)
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
	data.facts.defaults.platform_tools[name].effect in {"acts_on_runner", "runs"}
}

_reads(name, "platform") if data.facts.defaults.platform_tools[name].effect == "reads"
