# METADATA
# description: The whitelist closes the set of tools, and of all that can be read; without one, everything is in it.
package kubiya.rules.whitelist

import data.kubiya.lib.readings
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

deny contains {
	"code": "whitelist.not_listed",
	"message": "This is not on the server's whitelist; ask the operator to add it.",
} if {
	readings.is_one(input)
	not _reading_listed
}

_reading_listed if is_null(data.facts.whitelist)

_reading_listed if data.facts.whitelist[readings.name(input)] == true

_listed if is_null(data.facts.whitelist)

_listed if data.facts.whitelist[input.tool.name] == true
