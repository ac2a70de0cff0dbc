# METADATA
# description: Tools that change the platform stand behind a switch of their own.
package kubiya.rules.platform

import future.keywords.not

# METADATA
# description: The switch is off, or the platform tool is none that is known.
# scope: document
deny contains {
	"code": "platform.disabled",
	"message": "Tools that change the platform are off on this server; ask the operator to allow platform APIs.",
	"tool": input.tool.name,
} if {
	input.action == "tools/call"
	input.tool.source == "platform"
	not _open
}

_open if data.facts.allow_platform_apis == true

_open if data.facts.defaults.platform_tools[input.tool.name].platform_api == false
