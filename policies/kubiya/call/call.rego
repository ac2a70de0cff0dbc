# METADATA
# description: May this call run? One decision, for who may not be here may not call either.
package kubiya.call

import data.kubiya.rules.access
import data.kubiya.rules.addresses
import data.kubiya.rules.credentials
import data.kubiya.rules.permissions
import data.kubiya.rules.platform
import data.kubiya.rules.request
import data.kubiya.rules.roles
import data.kubiya.rules.runners
import data.kubiya.rules.sessions
import data.kubiya.rules.tools
import data.kubiya.rules.whitelist
import future.keywords.not

# METADATA
# description: Allowed where no topic objects to this very call.
# entrypoint: true
decision := {
	"allow": _reasons == set(),
	"obligations": [],
	"reasons": sort(_reasons),
}

_reasons := ((_admission | _existence) | _terms) | _not_a_call

_admission := (request.deny | credentials.deny) | (sessions.deny | addresses.deny)

_existence := whitelist.deny | roles.deny

_terms := ((permissions.deny | runners.deny) | (tools.deny | platform.deny)) | access.deny

_not_a_call contains {
	"code": "input.invalid",
	"message": "Only a call of a tool can be decided here; this is a fault of the server, so tell its operator.",
} if {
	not _is_call
}

_is_call if {
	input.action == "tools/call"
	is_object(input.tool)
}
