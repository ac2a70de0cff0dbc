# METADATA
# description: What permissions a caller has of its own, and what its roles give. Pure functions.
package kubiya.lib.rights

import future.keywords.not

# METADATA
# description: |
#   The lists that limit a caller's permissions, null where one sets no limit: for a token or a session its
#   parent's, and then its own. Undefined, so that nothing is had, where a parent does not tell its list.
# scope: document
limits(own, parent) := [own] if is_null(parent)

limits(own, parent) := [parent.permissions, own] if not is_null(parent)

# METADATA
# description: |
#   Whether a user's own limits reach this permission. Who has neither permissions nor roles has none: only
#   roles make it safe to set no limit of one's own.
user_has(roles, limits, permission) if {
	_is_limited(roles, limits)
	every limit in limits {
		_reaches(limit, permission)
	}
}

# METADATA
# description: Whether the caller of an input document has a permission of its own, roles left aside.
# scope: document
caller_has(document, permission, anonymous) if {
	document.principal.kind == "anonymous"
	gives(anonymous, permission)
}

caller_has(document, _, _) if document.principal.kind == "operator"

caller_has(document, permission, _) if {
	document.principal.kind == "user"
	limits_of_both := limits(document.principal.permissions, document.credential.parent)
	user_has(document.principal.roles, limits_of_both, permission)
}

# METADATA
# description: Whether a set of permissions, as facts have them, gives this one.
# scope: document
gives(permissions, permission) if permissions[permission] == true

gives(permissions, _) if permissions["*"] == true

_is_limited(roles, _) if roles != []

_is_limited(_, limits) if {
	some at, limit in limits
	at == 0
	is_array(limit)
}

_reaches(limit, _) if is_null(limit)

_reaches(limit, permission) if permission in limit

_reaches(limit, _) if "*" in limit
