# METADATA
# description: The credential that was presented, and the one it came from.
package kubiya.rules.credentials

import data.kubiya.lib.lifetimes
import future.keywords.not

# METADATA
# description: Nothing was presented where something must be.
# scope: document
deny contains _missing if {
	_asked
	input.credential.status == "absent"
	not _nobody_is_fine
}

deny contains _unknown if {
	_asked
	not _recognised
}

deny contains _unverifiable if {
	_asked
	input.credential.status == "unverifiable"
}

deny contains _expired if {
	input.credential.status == "verified"
	not _session
	not lifetimes.unexpired(input.credential, input.now.ms)
}

deny contains _expired if {
	_is_child
	not lifetimes.unexpired(input.credential.parent, input.now.ms)
}

# Whenever it was: a clock that is set back revives nothing.
deny contains _revoked if {
	input.credential.status == "verified"
	not _session
	not is_null(input.credential.revoked_ms)
}

deny contains _revoked if {
	_is_child
	not is_null(input.credential.parent.revoked_ms)
}

_missing := {
	"code": "credential.missing",
	"message": "No credential was given; set KUBIYA_API_KEY or KUBIYA_AUTH_TOKEN, or send one as a Bearer token.",
}

_unknown := {
	"code": "credential.unknown",
	"message": "The credential is not one that this server knows; check that it is whole and meant for this server.",
}

_unverifiable := {
	"code": "credential.unverifiable",
	"message": "The credential cannot be verified now; try again in a moment.",
}

_expired := {
	"code": "credential.expired",
	"message": "The credential has expired; get a new one and use it instead.",
}

_revoked := {
	"code": "credential.revoked",
	"message": "The credential was revoked; get a new one and use it instead.",
}

# The handshake of a client on this machine's own stdio tells nothing, and lets it show the error that follows.
_asked if not _handshake

_handshake if {
	input.action == "server/discover"
	input.request.transport == "stdio"
}

_nobody_is_fine if {
	data.facts.require_auth == false
	input.principal.kind == "anonymous"
}

_nobody_is_fine if _operator

_operator if {
	input.principal.kind == "operator"
	input.request.transport == "cli"
}

_recognised if input.credential.status in {"absent", "unverifiable"}

_recognised if {
	input.credential.status == "verified"
	input.principal.kind == "user"
	is_string(input.credential.id)
	_parent_is_there
}

_parent_is_there if not _needs_parent

# Children have no children: what a parent's own parent may is not told.
_parent_is_there if {
	input.credential.parent.status == "verified"
	input.credential.parent.kind in _ancestral
}

_needs_parent if not input.credential.kind in _ancestral

_ancestral := {"key", "jwt", "cloud"}

# Of one that is a credential too, `sessions` says that it is over.
_session if {
	input.credential.status == "verified"
	input.credential.kind == "session"
}

_is_child if {
	input.credential.status == "verified"
	not is_null(input.credential.parent)
}
