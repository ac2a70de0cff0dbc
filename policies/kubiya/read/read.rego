# METADATA
# description: |
#   May this be read, or be asked of a source, that is no call of a tool? Whoever may be here may, where the
#   whitelist and the roles name it, unless access is frozen: a reading reaches a source as a call does.
package kubiya.read

import data.kubiya.admit
import data.kubiya.lib.readings
import data.kubiya.rules.access
import data.kubiya.rules.whitelist
import future.keywords.not

# METADATA
# description: Allowed where the caller is admitted and nothing stops this very reading.
# entrypoint: true
decision := {
	"allow": _reasons == set(),
	"obligations": [],
	"reasons": sort(_reasons),
}

_reasons := ({reason | some reason in admit.decision.reasons} | access.deny) | (whitelist.deny | _not_a_reading)

_not_a_reading contains {
	"code": "input.invalid",
	"message": "Only a reading can be decided here; this is a fault of the server, so tell its operator.",
} if {
	not input.action in readings.actions
}
