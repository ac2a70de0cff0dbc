# METADATA
# description: The credential that was presented, and the one it came from.
package kubiya.rules.credentials

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
	not _unexpired(input.credential)
}

deny contains _expired if {
	_is_child
	not _unexpired(input.credential.parent)
}

deny contains _revoked if {
	input.credential.status == "verified"
	not _session
	not _unrevoked(input.credential.revoked_ms)
}

# Its holder is told of a session, not of a token that it never saw.
deny contains _over if {
	_session
	not _unexpired(input.credential)
}

deny contains _over if {
	_session
	not _unrevoked(input.credential.revoked_ms)
}

deny contains _revoked if {
	_is_child
	not _unrevoked(input.credential.parent.revoked_ms)
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

_over := {
	"code": "session.expired",
	"message": "The session has ended; authenticate again to start a new one.",
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

_session if {
	input.credential.status == "verified"
	input.credential.kind == "session"
}

_is_child if {
	input.credential.status == "verified"
	not is_null(input.credential.parent)
}

_unexpired(credential) if {
	is_number(credential.expires_ms)
	input.now.ms < credential.expires_ms
}

# The cloud tells no end of its keys: it is asked about them anew within seconds.
_unexpired(credential) if {
	is_null(credential.expires_ms)
	credential.kind == "cloud"
}

# Whenever it was: a clock that is set back revives nothing.
_unrevoked(revoked_ms) if is_null(revoked_ms)
