# METADATA
# description: May this caller be here at all?
package kubiya.admit

import data.kubiya.rules.addresses
import data.kubiya.rules.credentials
import data.kubiya.rules.permissions
import data.kubiya.rules.request
import data.kubiya.rules.roles
import data.kubiya.rules.sessions

# METADATA
# description: Allowed where no topic objects.
# entrypoint: true
decision := {
	"allow": _reasons == set(),
	"obligations": [],
	"reasons": sort(_reasons),
}

_reasons := (((request.deny | credentials.deny) | (sessions.deny | addresses.deny)) | roles.deny) | permissions.deny
