# METADATA
# description: |
#   Credentials that are asked for: at most what the one has that they come from, for a bounded time. A key
#   of the operator's making comes from none. `auth` on the command line names what a child is made from as
#   the subject, and so it names the key that is rotated.
package kubiya.rules.keys

import data.kubiya.lib.networks
import data.kubiya.lib.rights
import future.keywords.not

# METADATA
# description: More rights than what it comes from.
# scope: document
deny contains _exceeds if {
	_kind
	not _within_origin
}

deny contains _exceeds if {
	input.action == "keys/rotate"
	not _same_rights
}

deny contains _too_long if {
	_kind
	not _bounded
}

deny contains {
	"code": "roles.unknown",
	"message": $"The role {role} is not defined on this server; define it first, or name another.",
	"role": role,
} if {
	_kind
	some role in input.requested.roles
	not data.facts.roles[role]
}

deny contains _misfit if {
	_kind
	not input.requested.kind == _kind
}

deny contains _no_key if {
	_needs_subject
	not input.subject.kind in _ancestral
}

deny contains _ended("credential.expired", "The key has expired; make a new one instead.") if {
	_needs_subject
	not _lives
}

deny contains _ended("credential.revoked", "The key was revoked; make a new one instead.") if {
	_needs_subject
	not is_null(input.subject.revoked_ms)
}

deny contains _too_many if {
	input.action in {"sessions/create", "sessions/open"}
	not _has_room
}

_has_room if {
	is_number(_origin.sessions)
	_origin.sessions < data.facts.defaults.sessions_per_credential
}

_lives if {
	is_number(input.subject.expires_ms)
	input.now.ms < input.subject.expires_ms
}

_ended(code, message) := {"code": code, "message": message}

_misfit := {
	"code": "input.invalid",
	"message": "What is asked for does not fit the action; this is a fault of the server, so tell its operator.",
}

_no_key := {
	"code": "input.invalid",
	"message": "Only a key can be rotated, or have tokens and sessions made from it; name a key.",
}

_exceeds := {
	"code": "keys.exceeds_creator",
	"message": "A credential can have at most the rights of the one that it comes from; ask for fewer.",
}

_too_long := {
	"code": "keys.lifetime_too_long",
	"message": "The credential would live longer or shorter than is allowed; ask for another time.",
}

_too_many := {
	"code": "session.too_many",
	"message": "This credential has as many sessions as it may; end one of them first.",
}

# What is made, and has a secret of its own. A session that is merely opened has none.
_kind := {
	"keys/create": "key",
	"keys/rotate": "key",
	"tokens/create": "token",
	"sessions/create": "session",
}[input.action]

_ancestral := {"key", "jwt", "cloud"}

_needs_subject if input.action == "keys/rotate"

_needs_subject if {
	_kind in {"token", "session"}
	input.principal.kind == "operator"
}

# What is asked for comes from this: the presented credential or, on the command line, the subject.
_origin := {
	"kind": input.credential.kind,
	"user": input.principal.id,
	"roles": input.principal.roles,
	"limits": rights.limits(input.principal.permissions, input.credential.parent),
	"allowed_ips": input.credential.allowed_ips,
	"allow_stdio": input.credential.allow_stdio,
	"expires_ms": input.credential.expires_ms,
	"sessions": input.credential.sessions,
} if {
	input.principal.kind == "user"
}

_origin := object.union(input.subject, {"limits": [input.subject.permissions]}) if {
	input.principal.kind == "operator"
}

_within_origin if {
	input.principal.kind == "operator"
	_kind == "key"
}

# Temporary tokens and sessions make nothing.
_within_origin if {
	_origin.kind in _ancestral
	_roles_within
	_permissions_within
	_networks_within
	_stdio_within
	_same_user
}

# A child has the roles of what it comes from, at use.
_roles_within if {
	_kind != "key"
	_every_role_is_handed_on
}

_roles_within if {
	_kind == "key"
	input.requested.roles != []
	_every_role_is_handed_on
}

# Who is not limited by roles can only be narrowed by one: the permissions are looked at by themselves.
_roles_within if {
	_kind == "key"
	_origin.roles == []
}

_every_role_is_handed_on if {
	every role in input.requested.roles {
		role in _origin.roles
	}
}

# A child without permissions of its own has those of what it comes from, at use.
_permissions_within if {
	is_null(input.requested.permissions)
	_kind != "key"
}

_permissions_within if {
	is_null(input.requested.permissions)
	every limit in _origin.limits {
		_sets_no_limit(limit)
	}
}

_permissions_within if {
	every permission in input.requested.permissions {
		rights.user_has(_origin.roles, _origin.limits, permission)
	}
}

_sets_no_limit(limit) if is_null(limit)

_sets_no_limit(limit) if "*" in limit

# A key outlives the one it comes from; a child is held to its parent's networks at use.
_networks_within if _kind != "key"

_networks_within if is_null(_origin.allowed_ips)

_networks_within if {
	is_array(input.requested.allowed_ips)
	every network in input.requested.allowed_ips {
		some wider in _origin.allowed_ips
		networks.contains_network(wider, network)
	}
}

_stdio_within if not input.requested.allow_stdio == true

_stdio_within if is_null(_origin.allowed_ips)

_stdio_within if _origin.allow_stdio == true

# A key is made for anybody, by who has every right; a child stands for the same user.
_same_user if _kind == "key"

_same_user if is_null(input.requested.user)

_same_user if input.requested.user == _origin.user

# A rotated key is the same key, with a new secret and a new end.
_same_rights if {
	every right in ["user", "roles", "permissions", "allowed_ips", "allow_stdio"] {
		input.requested[right] == input.subject[right]
	}
}

_bounded if {
	lifetime := data.facts.defaults.lifetimes[_kind]
	input.requested.expires_ms - input.now.ms >= lifetime.min_ms
	input.requested.expires_ms - input.now.ms <= lifetime.max_ms
	_ends_with_origin
}

_ends_with_origin if _kind == "key"

_ends_with_origin if _origin.kind == "cloud"

_ends_with_origin if input.requested.expires_ms <= _origin.expires_ms
