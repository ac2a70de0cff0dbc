# METADATA
# description: Credentials that are asked for, at most what their creator has, for a bounded time.
package kubiya.rules.keys

import data.kubiya.lib.rights
import future.keywords.not

# METADATA
# description: More rights than the creator has.
# scope: document
deny contains _exceeds if {
	_creates
	not _within_creator
}

deny contains _too_long if {
	_creates
	not _bounded
}

deny contains {
	"code": "roles.unknown",
	"message": $"The role {role} is not defined on this server; define it first, or name another.",
	"role": role,
} if {
	_creates
	some role in input.requested.roles
	not data.facts.roles[role]
}

deny contains {
	"code": "input.invalid",
	"message": "What is asked for does not fit the action; this is a fault of the server, so tell its operator.",
} if {
	_creates
	not input.requested.kind == _kind
}

deny contains _too_many if {
	input.action == "sessions/create"
	not _room
}

_exceeds := {
	"code": "keys.exceeds_creator",
	"message": "A credential can have at most the rights of the one that creates it; ask for fewer.",
}

_too_long := {
	"code": "keys.lifetime_too_long",
	"message": "The credential would live longer or shorter than is allowed; ask for another time.",
}

_too_many := {
	"code": "session.too_many",
	"message": "This credential has as many sessions as it may; end one of them first.",
}

_creates if _kind

_kind := {"keys/create": "key", "tokens/create": "token", "sessions/create": "session"}[input.action]

_within_creator if input.principal.kind == "operator"

# Temporary tokens make nothing.
_within_creator if {
	input.principal.kind == "user"
	input.credential.kind != "token"
	_roles_within
	_permissions_within
	_addresses_within
}

# Without roles a credential has no limit but its permissions: who is limited by roles hands on at least one.
_roles_within if {
	input.principal.roles == []
	input.requested.roles == []
}

_roles_within if {
	input.requested.roles != []
	every role in input.requested.roles {
		role in input.principal.roles
	}
}

# A child without permissions of its own has its parent's, at use.
_permissions_within if {
	is_null(input.requested.permissions)
	_kind != "key"
}

_permissions_within if {
	every permission in input.requested.permissions {
		rights.own(input.principal.kind, input.principal, permission, data.facts.defaults.anonymous)
	}
}

# A key outlives its creator's; a child is held to its parent's networks at use.
_addresses_within if _kind != "key"

_addresses_within if is_null(input.credential.allowed_ips)

_addresses_within if {
	is_array(input.requested.allowed_ips)
	every network in input.requested.allowed_ips {
		some wider in input.credential.allowed_ips
		net.cidr_contains(wider, network)
	}
}

_bounded if {
	lifetime := data.facts.defaults.lifetimes[_kind]
	input.requested.expires_ms - input.now.ms >= lifetime.min_ms
	input.requested.expires_ms - input.now.ms <= lifetime.max_ms
	_ends_with_creator
}

_ends_with_creator if _kind == "key"

# A child of the operator's choosing ends with its parent at use.
_ends_with_creator if input.principal.kind == "operator"

_ends_with_creator if input.credential.kind == "cloud"

_ends_with_creator if input.requested.expires_ms <= input.credential.expires_ms

_room if input.principal.kind == "operator"

_room if {
	is_number(input.credential.sessions)
	input.credential.sessions < data.facts.defaults.sessions_per_credential
}
