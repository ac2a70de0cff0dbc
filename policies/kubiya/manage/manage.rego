# METADATA
# description: May this principal manage credentials and sessions, pull the brake, or approve a tool's definition?
package kubiya.manage

import data.kubiya.rules.access
import data.kubiya.rules.addresses
import data.kubiya.rules.credentials
import data.kubiya.rules.keys
import data.kubiya.rules.permissions
import data.kubiya.rules.request
import data.kubiya.rules.roles
import data.kubiya.rules.sessions
import future.keywords.not

# METADATA
# description: Allowed where no topic objects.
# entrypoint: true
decision := {
	"allow": _reasons == set(),
	"obligations": [],
	"reasons": sort(_reasons),
}

_reasons := (_admission | (keys.deny | permissions.deny)) | ((roles.deny | access.deny) | _not_managing)

_admission := (request.deny | credentials.deny) | (sessions.deny | addresses.deny)

_not_managing contains {
	"code": "input.invalid",
	"message": "Only managing credentials can be decided here; this is a fault of the server.",
} if {
	not _managing
}

_managing if {
	some noun in ["keys/", "tokens/", "sessions/", "access/"]
	startswith(input.action, noun)
}

_managing if input.action == "tools/approve"
