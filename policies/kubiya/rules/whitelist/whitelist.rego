# METADATA
# description: The whitelist closes the set of tools; without one, every tool is in it.
package kubiya.rules.whitelist

import future.keywords.not

# METADATA
# description: A tool that the whitelist does not name.
# scope: document
deny contains {
	"code": "whitelist.not_listed",
	"message": "The tool is not on this server's whitelist; ask the operator to add it.",
	"tool": input.tool.name,
} if {
	input.action == "tools/call"
	not is_null(input.tool)
	not _listed
}

_listed if is_null(data.facts.whitelist)

_listed if data.facts.whitelist[input.tool.name] == true
