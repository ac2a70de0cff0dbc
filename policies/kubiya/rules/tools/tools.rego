# METADATA
# description: The tool's definition, one that changed is held back until somebody approves it.
package kubiya.rules.tools

import future.keywords.not

# METADATA
# description: A definition that nobody approved.
# scope: document
deny contains {
	"code": "tools.not_approved",
	"message": "The tool's definition has changed and waits for approval; ask the operator to approve it.",
	"tool": input.tool.name,
} if {
	input.action == "tools/call"
	not is_null(input.tool)
	not input.tool.approved == true
}
