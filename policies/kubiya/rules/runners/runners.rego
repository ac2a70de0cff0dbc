# METADATA
# description: Where a tool would run, as resolved. Reading the platform runs nothing.
package kubiya.rules.runners

import data.kubiya.lib.patterns
import future.keywords.not

# METADATA
# description: Nothing runs on this server.
# scope: document
deny contains _disabled if {
	_runs
	not data.facts.runners.enabled == true
}

deny contains {
	"code": "runners.not_allowed",
	"message": "The runner that this tool would use is not allowed; use an allowed one, or ask the operator to add it.",
	"runner": input.runner.name,
} if {
	_placed
	not patterns.matches(data.facts.runners.allowed, input.runner.name)
}

deny contains {
	"code": "runners.unhealthy",
	"message": "The runner is not healthy; try again later, or use another one.",
	"runner": input.runner.name,
} if {
	_placed
	input.runner.healthy == false
}

deny contains {
	"code": "runners.unknown",
	"message": "Nothing is known of the runner; check its name, or use `local`.",
	"runner": input.runner.name,
} if {
	_placed
	not is_boolean(input.runner.healthy)
}

_disabled := {
	"code": "runners.disabled",
	"message": "Runners are disabled on this server, so no tool runs; ask the operator to enable them.",
}

_runs if {
	input.action == "tools/call"
	not is_null(input.tool)
	not _reads
}

# What a call starts is a step of its own, and that one has the runner.
_placed if {
	_runs
	not _starts
}

_starts if {
	input.tool.source == "platform"
	data.facts.defaults.platform_tools[input.tool.name].effect == "runs"
}

_reads if {
	input.tool.source == "platform"
	data.facts.defaults.platform_tools[input.tool.name].effect == "reads"
}
