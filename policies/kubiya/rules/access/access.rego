# METADATA
# description: |
#   The brake that an operator pulls. While it is on, or nobody can tell whether it is, only those actions
#   go on that the facts name for who asks: what an emergency needs, and what changes nothing. A caller may still be
#   here and see what there is, so `admit` does not ask.
package kubiya.rules.access

import future.keywords.not

# METADATA
# description: Access is frozen, or may be.
# scope: document
deny contains {
	"code": "access.frozen",
	"message": $"Access is frozen: {input.frozen.reason} - wait until the operator lifts it.",
	"since_ms": input.frozen.since_ms,
} if {
	not _goes_on
	is_string(input.frozen.reason)
}

deny contains {
	"code": "access.unverifiable",
	"message": "Nobody can tell now whether access is frozen, so nothing goes on; try again in a moment.",
} if {
	not open
	not _goes_on
	not is_string(input.frozen.reason)
}

# METADATA
# description: The brake is not on.
open if is_null(input.frozen)

_goes_on if open

_goes_on if data.facts.defaults.while_frozen[input.principal.kind][input.action] == true
