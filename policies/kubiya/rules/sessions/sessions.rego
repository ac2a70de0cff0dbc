# METADATA
# description: |
#   Sessions, which exist where callers must authenticate. Whatever is wrong with one is told in the same words:
#   who names another's does not learn that it is there.
package kubiya.rules.sessions

import data.kubiya.lib.lifetimes
import future.keywords.not

# METADATA
# description: A caller that must hold a session names none.
# scope: document
deny contains _over("session.missing") if {
	_needed
	is_null(input.session)
}

deny contains _over("session.foreign") if {
	not is_null(input.session)
	not _bound
}

deny contains _over("session.expired") if {
	not is_null(input.session)
	not _alive
}

# Its holder is told of a session, not of a token that it never saw.
deny contains _over("session.expired") if {
	_is_credential
	not lifetimes.unexpired(input.credential, input.now.ms)
}

deny contains _over("session.expired") if {
	_is_credential
	not is_null(input.credential.revoked_ms)
}

_over(code) := {
	"code": code,
	"message": "The session has ended, or none was named; authenticate again to start a new one.",
}

_is_credential if {
	input.credential.status == "verified"
	input.credential.kind == "session"
}

_needed if _is_credential

# The handshake on this machine's own stdio comes before the session that the process is.
_needed if {
	_kept
	input.request.transport == "stdio"
	input.action != "server/discover"
}

_needed if {
	_kept
	input.request.transport == "http"
	input.request.era == "legacy"
}

# A session is closed by who names it.
_needed if input.action == "sessions/close"

_kept if {
	not data.facts.require_auth == false
	input.credential.status == "verified"
	input.action != "sessions/open"
}

_bound if {
	input.credential.kind != "session"
	input.session.credential == input.credential.id
}

_bound if {
	input.credential.kind == "session"
	input.session.id == input.credential.id
	input.session.credential == input.credential.parent.id
}

_alive if {
	input.now.ms - input.session.used_ms < input.session.idle_ms
	input.now.ms - input.session.started_ms < input.session.absolute_ms
	input.session.absolute_ms <= data.facts.defaults.lifetimes.session.max_ms
	_has_happened(input.session.started_ms)
	_has_happened(input.session.used_ms)
}

# Clocks of servers that share a store differ a little; a session from the future is one that somebody wrote.
_has_happened(time_ms) if time_ms <= input.now.ms + 60000
